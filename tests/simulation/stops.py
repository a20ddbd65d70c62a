"""What stops entries in a storm: halts, locks and the gate, of any level, about all of them or about some."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from msgspec import Struct, structs

from contracts.control import GateSwitched, Halted, Resumed, covers
from contracts.locks import Locked, LockKind
from contracts.values import TradingState
from contracts.verdicts import OrderApproved
from tests.simulation.mischief import SYMBOLS

STRATEGIES = ("", "ema", "vwap")
LEVELS = (TradingState.REDUCING, TradingState.HALTED)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

Body: TypeAlias = Halted | Locked | GateSwitched


class Stop(Struct, frozen=True):
    """It stopped entries from `begun` to `ended`."""

    body: Body
    begun: datetime
    ended: datetime

    @property
    def is_hard(self) -> bool:
        """Say whether it takes back what works."""
        return isinstance(self.body, GateSwitched) or self.body.level is TradingState.HALTED

    @property
    def until(self) -> datetime | None:
        return None if isinstance(self.body, GateSwitched) else self.body.until

    def is_about(self, approval: OrderApproved) -> bool:
        return isinstance(self.body, GateSwitched) or covers(self.body, approval.strategy, approval.symbol)


def gentle(name: str) -> Halted:
    """Stop all entries and take none back."""
    return Halted(control_id=name, scope="all", by="test", why="", level=TradingState.REDUCING)


def stop(dice: random.Random, name: str, now: datetime, seconds: float) -> Body:
    """Stop something; in one case of three until a time that it says."""
    scope, level = dice.choice(("all", "paper")), dice.choice(LEVELS)
    strategy, symbol = dice.choice((*STRATEGIES, "")), dice.choice((*SYMBOLS, *[""] * 4))
    until = now + timedelta(seconds=seconds) if dice.random() < 1 / 3 else None
    match dice.randrange(4):
        case 0:
            return GateSwitched(control_id=name, scope=scope, active=False, by="test", why="")
        case 1:
            return Locked(
                lock_id=name, account="paper", lock=LockKind.STOP_LOSSES, level=level, reason="", value="", limit="",
                at=now, until=until, strategy=strategy, symbol=symbol,
            )  # fmt: skip
        case _:
            return Halted(
                control_id=name, scope=scope, by="test", why="", level=level, strategy=strategy, symbol=symbol,
                until=until,
            )  # fmt: skip


def ending(dice: random.Random, body: Body) -> Resumed | GateSwitched:
    """End it by name, or a halt by what it is about."""
    match body:
        case GateSwitched():
            return GateSwitched(
                control_id=f"{body.control_id}e", scope=body.scope, active=True, by="test", why="", ends=body.control_id
            )  # fmt: skip
        case Locked():
            return Resumed(control_id=f"{body.lock_id}e", scope="paper", by="test", why="", lifts=(body.lock_id,))
        case Halted():
            lifts = (body.control_id,) if dice.random() < 1 / 3 else ()
            return Resumed(
                control_id=f"{body.control_id}e", scope=body.scope, by="test", why="", strategy=body.strategy,
                symbol=body.symbol, lifts=lifts,
            )  # fmt: skip


def ended(stops: list[Stop], end: Resumed | GateSwitched, at: datetime) -> list[Stop]:
    """Give stops as they are after the end of one. A gate is on again once that has ended which was said last of it."""
    off = [one for one in stops if isinstance(one.body, GateSwitched) and one.ended == FOREVER]
    last = max(off, key=lambda one: one.begun, default=None)
    if last is not None and isinstance(end, GateSwitched) and end.ends != getattr(last.body, "control_id", ""):
        return stops
    return [_after(end, at, one) for one in stops]


def _after(end: Resumed | GateSwitched, at: datetime, stop: Stop) -> Stop:
    """Give a stop as it is after the end of one: what is said of all ends others of its kind too."""
    match stop.body:
        case GateSwitched():
            is_over = isinstance(end, GateSwitched)
        case Locked(lock_id=name) | Halted(control_id=name) if isinstance(end, Resumed) and end.lifts:
            is_over = name in end.lifts
        case Halted() if isinstance(end, Resumed):
            is_over = end.strategy in ("", stop.body.strategy) and end.symbol in ("", stop.body.symbol)
        case _:
            is_over = False
    return structs.replace(stop, ended=min(stop.ended, at)) if is_over else stop
