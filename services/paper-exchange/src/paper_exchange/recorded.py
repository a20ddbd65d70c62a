"""What a recording consists of."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

CENT = Decimal("0.01")


class Bar(Struct, frozen=True, gc=False):  # hundreds of thousands, and no cycles
    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    spread: Decimal


class Day(Struct, frozen=True):
    """The bars of a day, once by minute after midnight, New York, and once more by symbol."""

    date: date
    minutes: dict[int, tuple[Bar, ...]]
    symbols: dict[str, dict[int, Bar]]
