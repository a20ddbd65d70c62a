"""Recorded bars, and how a minute is played: four prints, each with a quote around it."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from exchange.fills import Print
from paper_exchange.divisors import Divisors
from paper_exchange.recorded import CENT, Bar, Day

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 10**9
QUARTER = 15 * SECOND
QUARTERS = 4
MINUTE = QUARTERS * QUARTER


class Hours(StrEnum):
    """Which part of the day is played."""

    REGULAR = "regular"
    EXTENDED = "extended"

    @property
    def minutes(self) -> range:
        """Minutes after midnight, New York."""
        return range(9 * 60 + 30, 16 * 60) if self is Hours.REGULAR else range(4 * 60, 20 * 60)


class Tape(Struct, frozen=True):
    days: tuple[Day, ...]
    symbols: tuple[str, ...]
    hours: Hours
    splits: Divisors = field(default_factory=Divisors)

    def day(self, round_: int) -> Day:
        """Give the day that is played in a round, counted from 0: they take turns, at prices after splits."""
        return self.splits.applied(self.days[round_ % len(self.days)], round_)


def prints(bars: Iterable[Bar], quarter: int, at: int) -> tuple[Print, ...]:
    """Play one quarter of a minute: the open, the nearer extreme, the farther one, the close."""
    return tuple(_print(bar, path(bar)[quarter], at) for bar in bars)


def path(bar: Bar) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    low_first = bar.open - bar.low <= bar.high - bar.open
    extremes = (bar.low, bar.high) if low_first else (bar.high, bar.low)
    return (bar.open, *extremes, bar.close)


def _print(bar: Bar, price: Decimal, at: int) -> Print:
    """Put a quote around the price and within the bar, as far as the bar is wider than a cent."""
    spread = max(CENT, min(bar.spread, bar.high - bar.low))
    bid = max(bar.low, (price - spread / 2).quantize(CENT))
    ask = bid + spread
    if ask > bar.high:
        bid, ask = bar.high - spread, bar.high
    return Print(bar.symbol, at, price, bid, ask, bar.low, bar.high)
