"""A stop so many average ranges below the entry: from the last minutes' bars, and never farther than the fraction."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import inf, nan
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from contracts.control import LimitsSet
from contracts.exits import PlaceProtection
from contracts.limits import Limits
from contracts.market import Bar
from position_manager.core import evolve
from position_manager.ranges.minutes import BARS, KEPT
from position_manager.state import State

if TYPE_CHECKING:
    from .conftest import Manager


def bars(manager: Manager, count: int, *, width: float = 0.5, symbol: str = "SPY", timeframe: str = "1Min") -> None:
    for _ in range(count):
        manager.at += timedelta(minutes=1)
        manager.take(
            Bar(
                symbol=symbol, timeframe=timeframe, open=100, high=100 + width, low=100, close=100, volume=1,
                at=manager.at,
            )
        )  # fmt: skip


def stop(manager: Manager, multiple: str = "3", **others: Decimal) -> Decimal:
    limits = replace(Limits(), stop_atr=Decimal(multiple), **others)
    manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann"))
    (placed,) = manager.bought("1", "100")
    assert isinstance(placed, PlaceProtection)
    return placed.stop_price


@pytest.mark.parametrize(
    ("multiple", "width", "expected"),
    [("3", 0.5, "98.5"), ("1.5", 0.333333, "99.5"), ("10", 0.5, "95"), ("10.01", 0.5, "95"), ("0", 0.5, "95")],
)
def test_the_stop_is_so_many_average_ranges_below_the_entry_where_that_is_nearer(
    multiple: str, width: float, expected: str, manager: Manager
):
    bars(manager, BARS, width=width)
    assert stop(manager, multiple) == Decimal(expected)


def test_the_nearer_of_dollars_and_ranges_counts(manager: Manager):
    bars(manager, BARS)
    assert stop(manager, stop_dollars=Decimal(1)) == 99
    assert stop(manager, stop_dollars=Decimal(2)) == Decimal("98.5")


def test_a_gap_between_two_minutes_is_part_of_the_range(manager: Manager):
    bars(manager, BARS - 1)
    manager.at += timedelta(minutes=1)
    manager.take(
        Bar(symbol="SPY", timeframe="1Min", open=107, high=107.5, low=107, close=107, volume=1, at=manager.at)
    )  # fmt: skip
    assert stop(manager, "1") == 99


def test_too_few_bars_old_ones_and_others_say_nothing(manager: Manager):
    bars(manager, BARS - 1)
    assert stop(manager) == 95
    bars(manager, BARS, symbol="IBM")
    bars(manager, BARS, timeframe="1Day")
    assert stop(manager) == 95
    bars(manager, 1)
    assert stop(manager) == Decimal("98.5")
    manager.at += timedelta(minutes=31)
    assert stop(manager) == 95
    bars(manager, 1)
    assert stop(manager) == 95


def test_the_stop_stands_though_the_bars_have_aged_out_of_the_log(manager: Manager):
    bars(manager, BARS)
    assert stop(manager) == Decimal("98.5")
    state = State(account="paper")
    for fact in manager.log:
        if not isinstance(fact, Bar):
            state = evolve(state, fact)
    assert state.positions == manager.state.positions


def test_of_more_symbols_than_can_be_followed_the_silent_ones_are_forgotten(manager: Manager):
    for number in range(KEPT + 1):
        bars(manager, 1, symbol=f"S{number}")
    assert list(manager.state.ranges) == [f"S{number}" for number in range(1, KEPT + 1)]


@pytest.mark.parametrize(("high", "low", "close"), [(nan, 100, 100), (inf, 100, 100), (99, 100, 100), (101, 0, 100)])
def test_a_bar_that_makes_no_sense_is_none(high: float, low: float, close: float, manager: Manager):
    bars(manager, BARS)
    ranges = dict(manager.state.ranges)
    manager.take(
        Bar(symbol="SPY", timeframe="1Min", open=100, high=high, low=low, close=close, volume=1, at=manager.at)
    )
    assert manager.state.ranges == ranges
