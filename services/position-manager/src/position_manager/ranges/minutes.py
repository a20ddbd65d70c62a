"""How far a symbol's price ranges within a minute, from the bars of the last minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from math import inf

from msgspec import Struct

from contracts.market import Bar

MINUTE = "1Min"
BARS = 14
"""So many bars make an average."""
STALE = timedelta(minutes=30)
"""After such a gap, as over night, bars say nothing about those before it."""
KEPT = 500
"""Symbols at most: more than any data plan follows."""


class Ranges(Struct, frozen=True):
    """The close and the start of the last bar, and the true ranges of the last `BARS`."""

    close: float
    at: datetime
    ranges: tuple[float, ...]


def is_sound(bar: Bar) -> bool:
    # What is no number, or no range, fails one of the comparisons.
    return 0 < bar.low <= bar.close <= bar.high < inf


def taken(kept: dict[str, Ranges], bar: Bar) -> None:
    """Take a bar in, in place; the symbol that was silent longest makes room."""
    if bar.timeframe != MINUTE or not is_sound(bar):
        return
    before = kept.pop(bar.symbol, None)
    kept[bar.symbol] = _after(before, bar)
    if len(kept) > KEPT:
        del kept[next(iter(kept))]


def _after(before: Ranges | None, bar: Bar) -> Ranges:
    if before is None or bar.at - before.at > STALE:
        return Ranges(bar.close, bar.at, (bar.high - bar.low,))
    true_range = max(bar.high, before.close) - min(bar.low, before.close)
    return Ranges(bar.close, bar.at, (*before.ranges, true_range)[-BARS:])


def average(ranges: Ranges | None, at: datetime) -> Decimal:
    """Give the average true range at a market time; 0 where there are too few bars or they are old."""
    if ranges is None or len(ranges.ranges) < BARS or at - ranges.at > STALE:
        return Decimal(0)
    return Decimal(str(round(sum(ranges.ranges) / BARS, 6)))
