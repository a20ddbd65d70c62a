"""The doors open on a real port, on a real bus; the other services are people with a pen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from msgspec import Struct

from api_gateway.configure import wanted
from api_gateway.gateway import Gateway, run
from api_gateway.server import listen
from api_gateway.settings import TradingSettings
from chassis.health import Health
from chassis.jetstream import Connection, JetStreamLog
from chassis.service import Service, ServiceSettings
from contracts.accounts import AccountSnapshot
from contracts.log import Fact, Message
from contracts.market import Tick

KEY = "a-key-of-the-tests-0123456789"
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)

Connect = Callable[[str], Awaitable[Connection]]


class Doors(Struct):
    """What a test has of a running gateway."""

    client: httpx.AsyncClient
    bus: Connect
    service: Service
    stop: Callable[[], Awaitable[None]]

    async def write(self, writer: str, *messages: Message) -> None:
        """Write into the log as another service, and wait until people can see it."""
        log = JetStreamLog(await self.bus(writer))
        outcomes = [(await log.append([Fact(message)]))[0] for message in messages]
        while (await self.client.get("/status")).json()["view_sequence"] < outcomes[-1].sequence:
            await asyncio.sleep(0.02)


def tick(at: datetime = NOON, *, is_open: bool = True) -> Tick:
    return Tick(at=at, is_open=is_open, next_open=at, next_close=at)


def snapshot(n: int = 1, account: str = "paper") -> AccountSnapshot:
    return AccountSnapshot(
        account=account,
        n=n,
        status="ACTIVE",
        equity=Decimal("100000.50"),
        cash=Decimal(99_000),
        buying_power=Decimal(198_000),
        positions=(),
        at=NOON,
    )


@pytest.fixture
def trading() -> TradingSettings:
    return TradingSettings()


@pytest.fixture
async def doors(bus: Connect, trading: TradingSettings) -> AsyncIterator[Doors]:
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    connection = await bus("api-gateway")
    service = Service(
        "api-gateway",
        "1.2.3",
        ServiceSettings(nats_url=""),
        connection,
        JetStreamLog(connection),
        Health("api-gateway", "1.2.3"),
    )
    task = asyncio.create_task(run(Gateway("paper", KEY, wanted(trading), listening), service))

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as client:
        yield Doors(client, bus, service, stop)
    await stop()
