"""A split as a position manager hears of it: the night before it, what is announced, what the broker counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from contracts.accounts import HoldingSplit
from contracts.exits import CancelProtection, ExitReason, PlaceProtection
from contracts.market import SplitAnnounced, Tick

if TYPE_CHECKING:
    from position_manager.plan import Intent

    from .conftest import Manager

D = Decimal
EVENING = datetime(2013, 10, 7, 20, 0, 1, tzinfo=UTC)
MIDNIGHT = datetime(2013, 10, 8, 4, 1, tzinfo=UTC)
MORNING = datetime(2013, 10, 8, 13, 30, tzinfo=UTC)
EX_DATE = date(2013, 10, 8)


def announce(manager: Manager, rates: str = "2:1", ex_date: date = EX_DATE, name: str = "a1") -> tuple[Intent, ...]:
    new, old = map(D, rates.split(":"))
    return manager.take(
        SplitAnnounced(action_id=name, symbol="SPY", old_rate=old, new_rate=new, ex_date=ex_date)
    )  # fmt: skip


def carry_out(manager: Manager, before: str, after: str, rates: str = "2:1", name: str = "a1") -> tuple[Intent, ...]:
    new, old = map(D, rates.split(":"))
    return manager.take(
        HoldingSplit(
            account="paper", n=99, symbol="SPY", action_id=name, old_rate=old, new_rate=new, qty_before=D(before),
            qty_after=D(after), at=manager.at,
        )
    )  # fmt: skip


def tick_at(manager: Manager, at: datetime, *, is_open: bool) -> tuple[Intent, ...]:
    """Let the clock of days around the split tell the time."""
    manager.at = at
    opens, day = MORNING, timedelta(days=1)
    next_open = opens if at < opens else opens + day
    closes = opens.replace(hour=20)
    next_close = closes - day if at < closes - day else closes
    return manager.take(Tick(at=at, is_open=is_open, next_open=next_open, next_close=next_close))


def eve(manager: Manager) -> tuple[Intent, ...]:
    return tick_at(manager, EVENING, is_open=False)


def opens(manager: Manager) -> tuple[Intent, ...]:
    return tick_at(manager, MORNING, is_open=True)


def held(manager: Manager, qty: str = "10", price: str = "100", order: str = "e1") -> PlaceProtection:
    (placed,) = manager.bought(qty, price, order=order)
    assert isinstance(placed, PlaceProtection)
    manager.rest(placed)
    manager.tick()
    return placed


def asked(intents: tuple[Intent, ...]) -> list[tuple[str, str, str, str]]:
    """Give what is placed: how many, stop, target and why."""
    placed = [intent for intent in intents if isinstance(intent, PlaceProtection)]
    assert len(placed) == len(intents)
    return [(str(one.qty), str(one.stop_price), str(one.target_price), one.reason) for one in placed]


def taken_back(manager: Manager, placed: PlaceProtection) -> None:
    (cancel,) = eve(manager)
    assert isinstance(cancel, CancelProtection)
    assert (cancel.client_order_id, cancel.reason) == (placed.exit_id, ExitReason.SPLIT)
    assert manager.end(placed) == ()
