from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.accounts import HoldingSplit
from contracts.market import SplitAnnounced, Tick
from risk.candidate import Candidate
from risk.core import evolve
from risk.rules.corporate_action import corporate_action
from risk.state import Position, State

TEN, MIDNIGHT = Decimal(10), datetime(2013, 10, 8, 4, 1, tzinfo=UTC)


def told(state: State, ex_date: date) -> None:
    evolve(
        state,
        SplitAnnounced(action_id="a1", symbol="AAPL", old_rate=Decimal(1), new_rate=Decimal(2), ex_date=ex_date),
    )


def carried_out(state: State, at: datetime = MIDNIGHT) -> None:
    evolve(
        state,
        HoldingSplit(
            account="paper", n=9, symbol="AAPL", action_id="a1", old_rate=Decimal(1), new_rate=Decimal(2),
            qty_before=TEN, qty_after=TEN * 2, at=at,
        ),
    )  # fmt: skip


def tick(state: State, at: str) -> None:
    """Let the clock of three days tell the time: sessions are from 13:30 to 20:00 UTC."""
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    opens, closes = now.replace(hour=13, minute=30), now.replace(hour=20, minute=0)
    day = timedelta(days=1)
    evolve(
        state,
        Tick(
            at=now, is_open=opens <= now < closes, next_open=opens if now < opens else opens + day,
            next_close=closes if now < closes else closes + day,
        ),
    )  # fmt: skip


def holding() -> dict[str, Position]:
    return {"AAPL": Position(filled=TEN, lots={"e1": TEN}, lots_qty=TEN)}


@pytest.mark.parametrize(
    ("at", "is_held", "passed"),
    [
        ("2013-10-07T19:59", True, True),
        ("2013-10-07T20:00", True, False),
        ("2013-10-07T20:00", False, False),
        ("2013-10-08T13:29", False, False),
        # What was not held then has nothing that could be counted anew.
        ("2013-10-08T13:30", False, True),
        ("2013-10-08T13:30", True, False),
        ("2013-10-22T15:00", True, False),
        ("2013-10-23T15:00", True, True),
    ],
)
def test_from_the_close_before_it_until_the_count(
    at: str, *, is_held: bool, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(positions=holding() if is_held else {})
    told(now, date(2013, 10, 8))
    if at > "2013-10-08T13:30":
        tick(now, "2013-10-08T13:30")
    tick(now, at)
    assert corporate_action(now, candidate()).passed is passed
    assert corporate_action(now, candidate(symbol="MSFT")).passed


def test_the_count_ends_it(state: Callable[..., State], candidate: Callable[..., Candidate]):
    now = state(positions=holding())
    told(now, date(2013, 10, 8))
    tick(now, "2013-10-07T20:00")
    assert not corporate_action(now, candidate()).passed
    carried_out(now)
    assert corporate_action(now, candidate()).passed
    # Facts may come in any order, and again.
    told(now, date(2013, 10, 8))
    assert corporate_action(now, candidate()).passed
    assert now.splits == {}


def test_it_ends_too_when_nothing_is_held_any_more(state: Callable[..., State], candidate: Callable[..., Candidate]):
    now = state(positions=holding())
    told(now, date(2013, 10, 8))
    tick(now, "2013-10-08T13:30")
    assert not corporate_action(now, candidate()).passed
    now.positions["AAPL"].filled = Decimal(0)
    tick(now, "2013-10-08T13:31")
    assert corporate_action(now, candidate()).passed


def test_one_that_is_told_of_when_its_day_is_over_stops_nothing(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(positions=holding())
    told(now, date(2013, 10, 4))
    tick(now, "2013-10-07T15:00")
    assert corporate_action(now, candidate()).passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    now = state(positions=holding())
    told(now, date(2013, 10, 7))
    tick(now, "2013-10-07T16:00")
    assert denial(now) == (
        "corporate_action",
        "AAPL is split 2 for 1 on 2013-10-07, and the broker does not count the new shares yet",
    )
