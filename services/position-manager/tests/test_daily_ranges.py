"""A stop so many average ranges of a day below the entry: from days that are over, never farther than the fraction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.control import LimitsSet
from contracts.exits import PlaceProtection
from contracts.levels import AverageRanges, stop_price
from contracts.limits import Limits
from contracts.market import Bar
from position_manager.core import evolve
from position_manager.ranges.days import DAY, Day, average, taken
from position_manager.ranges.minutes import BARS, KEPT
from position_manager.state import State

if TYPE_CHECKING:
    from .conftest import Manager

TODAY = datetime(2013, 10, 7, 4, tzinfo=UTC)
"""Midnight in New York before the session that is played."""


NONE = Limits()


def day(before: int, *, low: float = 100, high: float = 102, close: float = 101, symbol: str = "SPY") -> Bar:
    """Give the bar of a day so many days before today."""
    return Bar(
        symbol=symbol, timeframe=DAY, open=low, high=high, low=low, close=close, volume=1,
        at=TODAY - timedelta(days=before),
    )  # fmt: skip


def days(manager: Manager, first: int, last: int = 1) -> None:
    for before in range(first, last - 1, -1):
        manager.take(day(before))


def stop(manager: Manager, multiple: str = "1", others: Limits = NONE) -> Decimal:
    limits = replace(others, stop_daily_atr=Decimal(multiple))
    manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann"))
    (placed,) = manager.bought("1", "100")
    assert isinstance(placed, PlaceProtection)
    return placed.stop_price


@pytest.mark.parametrize(
    ("multiple", "expected"), [("0", "95"), ("1", "98"), ("1.5", "97"), ("2.5", "95"), ("2.6", "95")]
)
def test_the_stop_is_so_many_average_days_below_the_entry_where_that_is_nearer(
    multiple: str, expected: str, manager: Manager
):
    days(manager, BARS)
    assert stop(manager, multiple) == Decimal(expected)


def minutes(manager: Manager) -> None:
    """Let the price range by a dollar in each of the last minutes."""
    for before in range(BARS, 0, -1):
        at = manager.at - timedelta(minutes=before)
        manager.take(Bar(symbol="SPY", timeframe="1Min", open=100, high=101, low=100, close=100, volume=1, at=at))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (Limits(stop_atr=Decimal(1)), "99"),
        (Limits(stop_atr=Decimal("1.5")), "98.5"),
        (Limits(stop_atr=Decimal(3)), "98"),
        (Limits(stop_dollars=Decimal("0.5")), "99.5"),
        (Limits(stop_dollars=Decimal(3)), "98"),
    ],
)
def test_the_nearest_of_days_minutes_and_dollars_counts(others: Limits, expected: str, manager: Manager):
    days(manager, BARS)
    minutes(manager)
    assert stop(manager, others=others) == Decimal(expected)


def test_too_few_days_old_ones_and_others_say_nothing(manager: Manager):
    days(manager, BARS, 2)
    assert stop(manager) == 95
    for before in range(BARS, 0, -1):
        manager.take(day(before, symbol="IBM"))
    assert stop(manager) == 95
    manager.take(day(1))
    assert stop(manager) == 98
    manager.at += timedelta(days=6)
    assert stop(manager) == 98
    manager.at += timedelta(days=1)
    assert stop(manager) == 95


def test_the_day_that_is_played_says_nothing_before_it_is_over(manager: Manager):
    days(manager, BARS)
    manager.take(day(0, low=50, high=150))
    assert stop(manager) == 98
    manager.at += timedelta(days=1)
    # Of its range of 100 a fourteenth: 9 dollars on average, which is farther than the fraction.
    assert stop(manager, "0.1") == Decimal("99.1")


def test_a_gap_over_night_is_part_of_the_range():
    kept = dict[str, tuple[Day, ...]]()
    for before in range(BARS, 0, -1):
        taken(kept, day(before))
    # It opened seven dollars above the close of the day before and ranged by two.
    taken(kept, day(1, low=108, high=110, close=109))
    assert average(kept["SPY"], TODAY) == Decimal(str(round((13 * 2 + 9) / 14, 6)))


def test_of_one_day_more_the_close_counts_and_no_other():
    kept = dict[str, tuple[Day, ...]]()
    for before in range(BARS + 9, BARS + 1, -1):
        taken(kept, day(before, low=1, high=1000, close=500))
    taken(kept, day(BARS + 1, low=1, high=1000, close=90))
    for before in range(BARS, 0, -1):
        taken(kept, day(before))
    assert len(kept["SPY"]) == BARS + 1
    assert average(kept["SPY"], TODAY) == Decimal(str(round((13 * 2 + 12) / 14, 6)))


def test_days_that_are_told_again_after_a_split_take_the_place_of_what_they_were(manager: Manager):
    days(manager, BARS + 1)
    for before in range(BARS + 1, 0, -1):
        manager.take(day(before, low=50, high=51, close=50.5))
    assert stop(manager) == 99


def test_the_order_in_which_days_are_told_changes_nothing():
    kept, backwards = dict[str, tuple[Day, ...]](), dict[str, tuple[Day, ...]]()
    told = [day(before, high=102 + before) for before in range(1, 30)]
    for one, other in zip(told, reversed(told), strict=True):
        taken(kept, one)
        taken(backwards, other)
    assert kept == backwards


def test_a_bar_that_makes_no_sense_is_none(manager: Manager):
    days(manager, BARS)
    before = dict(manager.state.daily_ranges)
    manager.take(day(0, low=0))
    manager.take(day(0, high=99))
    assert manager.state.daily_ranges == before


def test_the_stop_stands_though_the_days_have_aged_out_of_the_log(manager: Manager):
    days(manager, BARS)
    assert stop(manager) == 98
    state = State(account="paper")
    for fact in manager.log:
        if not isinstance(fact, Bar):
            state = evolve(state, fact)
    assert state.positions == manager.state.positions


def test_of_more_symbols_than_can_be_followed_the_silent_ones_are_forgotten(manager: Manager):
    for number in range(KEPT + 1):
        manager.take(day(1, symbol=f"S{number}"))
    assert list(manager.state.daily_ranges) == [f"S{number}" for number in range(1, KEPT + 1)]


amounts = st.decimals(0, 1_000, places=4)


@given(
    entry=st.decimals("0.01", 5_000, places=2), fraction=st.decimals("0.0001", "0.99", places=4), dollars=amounts,
    minute=amounts, daily=amounts, ranges=st.builds(AverageRanges, minute=amounts, day=amounts),
)  # fmt: skip
def test_average_ranges_bring_the_stop_nearer_and_never_farther(
    entry: Decimal, fraction: Decimal, dollars: Decimal, minute: Decimal, daily: Decimal, ranges: AverageRanges
):
    limits = Limits(stop_fraction=fraction, stop_dollars=dollars, stop_atr=minute, stop_daily_atr=daily)
    without = stop_price(entry, limits)
    near = {entry - one for one in (minute * ranges.minute, daily * ranges.day) if one}
    assert without <= stop_price(entry, limits, ranges) == max((without, *near)) <= entry
