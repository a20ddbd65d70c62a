"""What the doors answer, as documented types and as JSON."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from fastapi import Response
from msgspec import Struct

from api_gateway.coverage import Coverage
from api_gateway.failures import Failure, Mistake
from api_gateway.holdings import Position
from api_gateway.leaving import Progress
from api_gateway.limits.shown import Effective, LayersShown, LimitsChanged
from api_gateway.previewing import BracketPreview, DryRun, Preview, Previews
from api_gateway.standing import Standing
from api_gateway.story import Story
from api_gateway.today import Today
from api_gateway.view import Judged, Refused, Verdict
from contracts.accounts import AccountSnapshot, DriftFound
from contracts.limits import Limits
from contracts.log import Record
from contracts.orders import OrderChanged, OrderFilled
from contracts.providers import Providers
from contracts.signals import Signal
from contracts.values import Mode, TradingState


class BrokerHealth(Struct, frozen=True):
    """Ages in seconds by the wall, None where nothing came yet."""

    connected: bool
    snapshot_age: float | None
    tick_age: float | None


class Health(Struct, frozen=True):
    """`status` is ok or degraded."""

    status: str
    broker: BrokerHealth


class ServiceStatus(Struct, frozen=True):
    """`age` is for how many seconds it runs, `silent` since when it was last heard; both by the wall.

    `account` is empty where it serves all accounts.
    """

    service: str
    version: str
    age: float
    silent: float
    waiting_for: tuple[str, ...]
    account: str = ""


class AccountStatus(Struct, frozen=True):
    """How one of several accounts stands, in short; null where the broker has not reported it yet."""

    account: str
    mode: Mode
    state: TradingState
    equity: Decimal | None
    positions: int | None


class Status(Struct, frozen=True):
    """`state` is the whole account's, `session` open or closed. `audit_through` is null where the audit is away.

    `standing` is all that stops entries, also of single strategies and symbols. `drifts` are the differences between
    the broker and our book; one that `freezes` holds entries until a resume. `accounts` are all that are traded;
    where there are several, what is `missing` of one is named as `risk.growth`. In a `dry_run` no order is sent.
    `coverage` says how long shares stood without protection, and which do now.
    """

    profile: str
    account: str
    mode: Mode
    state: TradingState
    standing: tuple[Standing, ...]
    market_time: datetime | None
    session: str
    next_open: datetime | None
    next_close: datetime | None
    services: tuple[ServiceStatus, ...]
    missing: tuple[str, ...]
    last_sequence: int
    view_sequence: int
    audit_through: int | None
    limits: Limits
    drifts: tuple[DriftFound, ...] = ()
    accounts: tuple[AccountStatus, ...] = ()
    dry_run: bool = False
    coverage: Coverage = Coverage()


class Balances(Struct, frozen=True):
    account: str
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    at: datetime


class Positions(Struct, frozen=True):
    """`at` is the market time of the broker's word."""

    at: datetime
    positions: tuple[Position, ...]


class Orders(Struct, frozen=True):
    orders: tuple[OrderChanged, ...]


class Trade(Struct, frozen=True):
    sequence: int
    fill: OrderFilled


class Trades(Struct, frozen=True):
    """Newest first; ask again with `before=next_before` for older ones, until it is null."""

    trades: tuple[Trade, ...]
    next_before: int | None
    through: int


class Signals(Struct, frozen=True):
    """Newest first: signals with their verdicts, or what was refused at the door."""

    signals: tuple[Judged, ...] = ()
    refused: tuple[Refused, ...] = ()


class Submitted(Struct, frozen=True):
    """A signal that is in the log. `repeated`: it was there before. `verdict` is null while it is not judged yet.

    One that was meant for all accounts has the verdicts of the `others`, by account.
    """

    sequence: int
    repeated: bool
    signal: Signal
    verdict: Verdict | None
    others: dict[str, Verdict] = {}


class Controlled(Struct, frozen=True):
    """How things stand after a person's word, which is in the log at `sequence`."""

    sequence: int
    mode: Mode
    state: TradingState


class Allowing(Struct, frozen=True, kw_only=True):
    """What would end, and what would stand on; sent again with `confirm` it is done.

    `confirm` names exactly what is listed, and is empty where nothing would end. `sequence` is where the log has it.
    """

    done: bool
    confirm: str
    lifts: tuple[Standing, ...]
    remains: tuple[Standing, ...]
    state: TradingState
    sequence: int | None = None


class ChangedMeanwhile(Struct, frozen=True, kw_only=True):
    """Nothing was done: what stands is not what was confirmed. This is what stands now, and what confirms it."""

    detail: str
    confirm: str
    lifts: tuple[Standing, ...]
    remains: tuple[Standing, ...]
    code: str = "changed_meanwhile"
    mistakes: tuple[Mistake, ...] = ()


class Commanded(Struct, frozen=True):
    """Commands with their progress, and how the account stands."""

    commands: tuple[Progress, ...]
    state: TradingState


class Locks(Struct, frozen=True):
    locks: tuple[Standing, ...]


class RiskStatus(Struct, frozen=True, kw_only=True):
    """`rules` are those that the last entry was held against, in their order: the codes of denials."""

    account: str
    active: bool
    state: TradingState
    standing: tuple[Standing, ...]
    market_time: datetime | None
    today: Today
    rules: tuple[str, ...]


class ModeShown(Struct, frozen=True):
    mode: Mode


ANSWERS = (
    Health, Status, AccountSnapshot, Balances, Positions, Orders, OrderChanged, Story, Trades, Signals, Submitted,
    Controlled, Previews, Preview, BracketPreview, DryRun, Allowing, ChangedMeanwhile, Locks, RiskStatus, ModeShown,
    Commanded, Progress, Record, Failure, Providers, Effective, LayersShown, LimitsChanged,
)  # fmt: skip


def answer(body: Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def gives(kind: type[Struct], *others: int, media_type: str = "application/json") -> dict[int | str, dict[str, Any]]:
    """Document an endpoint's answer, also under other status codes, and the form of its failures."""
    good = {"description": "Done", "content": {media_type: {"schema": _reference(kind)}}}
    bad = {"description": "Refused", "content": {"application/json": {"schema": _reference(Failure)}}}
    later = {**good, "description": "In the log, and not judged yet"}
    return {200: good} | dict.fromkeys(others, later) | {"default": bad, 422: bad}


def _reference(kind: type[Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


CHANGED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Not done", "content": {"application/json": {"schema": _reference(ChangedMeanwhile)}}}
}
"""Documents what a second step answers where it is not about what the first one showed."""


def schemas() -> dict[str, Any]:
    """Describe every answer as OpenAPI components."""
    _, components = msgspec.json.schema_components(ANSWERS, ref_template="#/components/schemas/{name}")
    return components
