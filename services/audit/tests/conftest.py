"""A migrated database, and records to put into it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

import psycopg
import pytest
from msgspec import Struct

from audit.migrate import Settings, migrate, shipped
from contracts.orders import OrderFilled, Purpose
from contracts.signals import Action, Signal, Source
from contracts.values import Side

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


class Server(Protocol):
    """The PostgreSQL of the root's conftest."""

    def url(self, user: str = ...) -> str: ...
    def start(self) -> None: ...
    def stop(self, number: int = ...) -> None: ...


class Database(Struct, frozen=True):
    """Where its two users find it, and what stands in it."""

    server: Server
    admin: str
    writer: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.admin) as connection:
            return connection.execute(query.encode()).fetchall()

    def sequences(self, log: int = 1) -> list[int]:
        stored = self.rows("SELECT log, sequence FROM audit.records ORDER BY sequence")
        return [sequence for of, sequence in stored if of == log]


@pytest.fixture
def database(postgres: Server) -> Database:
    settings = Settings(database_url=postgres.url("audit_writer"), database_admin_url=postgres.url())
    migrate(settings, shipped())
    return Database(postgres, settings.database_admin_url, settings.database_url)


@pytest.fixture
def signal() -> Callable[..., Signal]:
    def made(signal_id: str = "s1", source: Source = Source.WS, why: str = "") -> Signal:
        return Signal(
            signal_id=signal_id, source=source, symbol="AAPL", action=Action.BUY, confidence=0.9, at=NOON, why=why
        )

    return made


@pytest.fixture
def fill() -> Callable[..., OrderFilled]:
    def made(execution_id: str, client_order_id: str, parent: str = "", account: str = "paper") -> OrderFilled:
        return OrderFilled(
            account=account, execution_id=execution_id, client_order_id=client_order_id, purpose=Purpose.ENTRY,
            symbol="AAPL", side=Side.BUY, qty=Decimal(1), price=Decimal("187.20"), cum_qty=Decimal(1), at=NOON,
            parent=parent,
        )  # fmt: skip

    return made
