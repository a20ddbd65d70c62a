"""How far a symbol's price ranges within a day, from the bars of the last days that are over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from contracts.days import new_york
from contracts.market import Bar
from position_manager.ranges.minutes import BARS, KEPT, is_sound

DAY = "1Day"
STALE = timedelta(days=7)
"""No holidays are so long that the last day which was over is older."""


class Day(Struct, frozen=True):
    on: date
    high: float
    low: float
    close: float


def taken(kept: dict[str, tuple[Day, ...]], bar: Bar) -> None:
    """Take a bar in, in place; the symbol that was silent longest makes room.

    A day that was told of before is told anew: a split changes all prices before it.
    """
    if bar.timeframe != DAY or not is_sound(bar):
        return
    day = Day(new_york(bar.at).date(), bar.high, bar.low, bar.close)
    others = (one for one in kept.pop(bar.symbol, ()) if one.on != day.on)
    # The first one's close is where the second one's range begins.
    kept[bar.symbol] = tuple(sorted((*others, day), key=lambda one: one.on)[-BARS - 1 :])
    if len(kept) > KEPT:
        del kept[next(iter(kept))]


def average(days: tuple[Day, ...], at: datetime) -> Decimal:
    """Give the average true range of the days before a market time's; 0 where they are too few or too old."""
    today = new_york(at).date()
    over = [day for day in days if day.on < today][-BARS - 1 :]
    if len(over) < BARS or today - over[-1].on > STALE:
        return Decimal(0)
    first = over[0].high - over[0].low
    gapped = (max(day.high, before.close) - min(day.low, before.close) for before, day in pairwise(over))
    return Decimal(str(round(sum((first, *gapped)[-BARS:]) / BARS, 6)))
