"""The numbers that people know, on recorded bars: the very bar at which each policy sells.

A day is played as four quotes: open, low, high, close. What rests at the broker sells when the price is there.
"""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct
from msgspec.structs import replace

from contracts.control import LimitsSet
from contracts.exits import CancelProtection, PlaceProtection
from contracts.limits import Limits
from contracts.market import Quote, Tick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Manager

D = Decimal
OFF = Limits(break_even=D(0), give_back=D(0))
BREAK_EVEN, GIVE_BACK = Limits(give_back=D(0)), Limits(break_even=D(0))
BARS = Path(__file__).parent / "bars" / "daily.csv"
MINUTES = Path(__file__).parents[2] / "paper-exchange/src/paper_exchange/data/minute-bars-2013-10-07_08.csv.gz"
OPENS, CLOSES = time(13, 30, tzinfo=UTC), time(20, tzinfo=UTC)


class Seen(Struct, frozen=True):
    """A bar's name, the market time, bid, ask and last trade."""

    bar: str
    at: datetime
    bid: float
    ask: float
    last: float


def days(symbol: str) -> Iterator[Seen]:
    with BARS.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["symbol"] == symbol:
                opens = datetime.combine(datetime.fromisoformat(row["date"]), OPENS)
                for number, name in enumerate(("open", "low", "high", "close")):
                    price = float(row[name])
                    yield Seen(row["date"], opens + timedelta(hours=2 * number), price, price + 0.01, price)


def minutes(symbol: str) -> Iterator[Seen]:
    with gzip.open(MINUTES, "rt", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["timestamp"])
            if row["symbol"] == symbol and OPENS <= at.timetz() < CLOSES:
                bid, ask = float(row["bid_close"] or 0), float(row["ask_close"] or 0)
                yield Seen(row["timestamp"], at, bid, ask, float(row["close"]))


def sold(manager: Manager, bars: Iterator[Seen], bought: str, limits: Limits) -> tuple[str, str]:
    """Buy at the last price of a bar, and say at which bar the position is left, and why."""
    manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann"))
    seen = list(bars)
    start = max(number for number, one in enumerate(seen) if one.bar == bought)
    manager.at = seen[start].at
    (placed,) = manager.bought("1", str(seen[start].last))
    assert isinstance(placed, PlaceProtection)
    assert placed.target_price
    manager.rest(placed)
    for one in seen[start + 1 :]:
        manager.at = one.at
        if one.last <= placed.stop_price:
            return one.bar, "stop"
        if one.last >= placed.target_price:
            return one.bar, "target"
        tick = Tick(at=one.at, is_open=True, next_open=one.at, next_close=datetime.combine(one.at, CLOSES))
        quote = Quote(symbol="SPY", bid=one.bid, ask=one.ask, last=one.last, at=one.at)
        for intent in (*manager.take(tick), *manager.take(quote)):
            assert isinstance(intent, CancelProtection)
            return one.bar, intent.reason
    return "", "held"


@pytest.mark.parametrize(
    ("symbol", "bought", "limits", "bar", "why"),
    [
        ("BAC", "2020-06-08", OFF, "2020-06-10", "stop"),
        ("BAC", "2020-05-29", OFF, "2020-06-05", "target"),
        ("BAC", "2020-05-26", BREAK_EVEN, "2020-05-29", "break_even"),
        ("BAC", "2020-05-28", GIVE_BACK, "2020-06-02", "gave_back"),
        ("SPY", "2019-06-24", OFF, "2019-07-02", "time_stop"),
        (
            "BAC",
            "2020-06-02",
            replace(OFF, trail_fraction=D("0.05"), trail_activation=D("0.1")),
            "2020-06-09",
            "trailed",
        ),
        # All of them at once, as they are where nobody says anything: the first that holds is it.
        ("BAC", "2020-06-08", Limits(), "2020-06-10", "stop"),
        ("BAC", "2020-06-01", Limits(), "2020-06-02", "break_even"),
        ("BAC", "2020-05-28", Limits(), "2020-06-02", "gave_back"),
        ("SPY", "2019-06-28", Limits(), "2019-07-08", "time_stop"),
    ],
)
def test_the_day_on_which_a_position_is_left(
    symbol: str, bought: str, limits: Limits, bar: str, why: str, manager: Manager
):
    assert sold(manager, days(symbol), bought, limits) == (bar, why)


@pytest.mark.parametrize(
    ("limits", "bar", "why"),
    [
        (replace(OFF, flat_minutes_before_close=15), "2013-10-07T19:45:00Z", "end_of_day"),
        (replace(OFF, trail_fraction=D("0.002"), trail_activation=D("0.003")), "2013-10-07T15:02:00Z", "trailed"),
        (replace(OFF, break_even=D("0.003")), "2013-10-07T19:47:00Z", "break_even"),
        (replace(OFF, give_back=D("0.5"), give_back_activation=D("0.004")), "2013-10-07T15:03:00Z", "gave_back"),
    ],
)
def test_the_minute_at_which_a_position_is_left(limits: Limits, bar: str, why: str, manager: Manager):
    assert sold(manager, minutes("SPY"), "2013-10-07T13:45:00Z", limits) == (bar, why)
