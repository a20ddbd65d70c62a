"""What stands in the way of entries, in one form for people: since when, until when, by whom, how it ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from api_gateway.stops import Stops
from contracts.accounts import DriftFound
from contracts.control import EVERYONE, GateSwitched, Halted
from contracts.halts import drift_id
from contracts.locks import Locked
from contracts.values import TradingState, derived_id

BY_THE_GATE, BY_THE_EXECUTOR = "risk", "executor"
RESUMING = "`interlock resume` or POST /resume"
ACTIVATING = "`interlock gate on` or POST /risk/activate"


class Kind(StrEnum):
    HALT = "halt"
    LOCK = "lock"
    GATE = "gate"
    DRIFT = "drift"


class Standing(Struct, frozen=True, kw_only=True):
    """One thing that stops entries; `since` and `until` are market time, null where it is not known or has no end.

    A halt is a person's, a lock is the gate's own, the gate may be switched off, a drift is a difference to the broker.
    It is about this account, or, where `scope` is `all`, about every account; `strategy` and `symbol` narrow it.
    """

    id: str
    kind: Kind
    level: TradingState
    scope: str
    reason: str
    by: str
    ends: str
    strategy: str = ""
    symbol: str = ""
    since: datetime | None = None
    until: datetime | None = None


def standing(stops: Stops) -> tuple[Standing, ...]:
    """List all that stops entries, the widest first."""
    gate = [_gate(stops.gate)] if stops.is_off and stops.gate else []
    found = [
        *map(_halt, stops.halts.values()),
        *map(_lock, stops.locks.values()),
        *(_drift(drift) for drift in stops.drifts.values() if drift.freezes),
    ]
    return (*gate, *sorted(found, key=lambda one: (bool(one.symbol), bool(one.strategy))))


def _gate(gate: GateSwitched) -> Standing:
    return Standing(
        id=gate.control_id, kind=Kind.GATE, level=TradingState.HALTED, scope=gate.scope, reason=gate.why, by=gate.by,
        ends=ACTIVATING, since=gate.at,
    )  # fmt: skip


def _halt(halt: Halted) -> Standing:
    return Standing(
        id=halt.control_id, kind=Kind.HALT, level=halt.level, scope=halt.scope, reason=halt.why, by=halt.by,
        ends=_ends(halt.until), strategy=halt.strategy, symbol=halt.symbol, since=halt.at, until=halt.until,
    )  # fmt: skip


def _lock(lock: Locked) -> Standing:
    return Standing(
        id=lock.lock_id, kind=Kind.LOCK, level=lock.level, scope=lock.account, reason=lock.reason, by=BY_THE_GATE,
        ends=_ends(lock.until), strategy=lock.strategy, symbol=lock.symbol, since=lock.at, until=lock.until,
    )  # fmt: skip


def _drift(drift: DriftFound) -> Standing:
    reason = f"{drift.difference}: ours {drift.ours or 'none'}, the broker's {drift.theirs or 'none'}"
    return Standing(
        id=drift_id(drift), kind=Kind.DRIFT, level=TradingState.REDUCING, scope=drift.account, reason=reason,
        by=BY_THE_EXECUTOR, ends=f"when the broker and the log agree, or {RESUMING}", symbol=drift.symbol,
        since=drift.at,
    )  # fmt: skip


def _ends(until: datetime | None) -> str:
    return f"by itself at {until:%F %T} UTC, or {RESUMING}" if until else RESUMING


class Choice(Struct, frozen=True):
    """What a person wants to end: one thing by its id, or all about a strategy and a symbol; empty ones stand for any.

    With an account as its scope, what was said of every account ends for this one alone.
    """

    scope: str = EVERYONE
    id: str = ""
    strategy: str = ""
    symbol: str = ""


def chosen(found: Iterable[Standing], choice: Choice) -> tuple[Standing, ...]:
    """List what a resume of this choice ends; a gate that is off is switched on by other means."""
    return tuple(
        one
        for one in found
        if one.kind is not Kind.GATE
        and choice.id in ("", one.id)
        and choice.strategy in ("", one.strategy)
        and choice.symbol in ("", one.symbol)
    )


def token(choice: Choice, lifts: Iterable[Standing]) -> str:
    """Name exactly this: a person who confirms it has seen no less and no more. Empty where nothing stands."""
    ids = sorted(one.id for one in lifts)
    return derived_id("resume", choice.scope, choice.strategy, choice.symbol, *ids) if ids else ""
