"""The trading day as people plan it: sessions with the setups that they allow, and the days when companies report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from contracts.limits import Positive, TimeOfDay
from contracts.signals import Confidence
from contracts.values import MOST_DECIMALS, Symbol, decimals

ANY_SETUP = "*"


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"


class Setup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a session asks of the signals of one strategy (`ANY_SETUP`: of every one it does not name).

    `min_confidence` and `max_entries` in this session are on top of the limits, `size` scales what it enters,
    `symbols` (empty: any) are those it may enter.
    """

    name: str = ANY_SETUP
    min_confidence: Confidence = 0
    max_entries: Positive | None = None
    size: Decimal = Decimal(1)
    symbols: tuple[Symbol, ...] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` for a size that is none."""
        if not self.size.is_finite() or not 0 < self.size <= 1_000:  # noqa: PLR2004 - as the multiplier of the limits
            raise ValueError(f"size was {self.size}, expected a number above 0 and up to 1000")
        if decimals(self.size) > MOST_DECIMALS:
            raise ValueError(f"size was {self.size}, expected at most {MOST_DECIMALS} decimals")


class Session(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the day, New York time, `end` not in it. A setup that is not named does not trade in it."""

    name: str
    start: TimeOfDay
    end: TimeOfDay
    days: tuple[Weekday, ...] = tuple(Weekday)
    setups: tuple[Setup, ...] = (Setup(),)

    def __post_init__(self) -> None:
        """Raise `ValueError` for a session that ends before it begins."""
        if self.start >= self.end:
            raise ValueError(f"session {self.name} ends at {self.end}, expected a time after its start {self.start}")


class Earnings(Struct, frozen=True, kw_only=True):
    """`day` in New York."""

    symbol: Symbol
    day: date
