"""A split, and what it makes of prices."""

from decimal import Decimal

from msgspec import Struct

from exchange.fills import Print

PRICE_DIGITS = Decimal("0.000001")


class Split(Struct, frozen=True):
    """From the market time `due` on, `new_rate` shares stand for `old_rate`."""

    id: str
    symbol: str
    old_rate: Decimal
    new_rate: Decimal
    ex_date: str
    announced_on: str
    due: int
    done: bool = False


class Dealt(Struct, frozen=True):
    """What a split has done to a holding."""

    split_id: str
    symbol: str
    old_rate: Decimal
    new_rate: Decimal
    qty_before: Decimal
    qty_after: Decimal
    paid: Decimal  # in place of a fraction that cannot be held
    at: int


def rated(price: Decimal, split: Split) -> Decimal:
    """Give the price of a share afterwards."""
    return (price * split.old_rate / split.new_rate).quantize(PRICE_DIGITS).normalize()


def print_after(shown: Print, split: Split) -> Print:
    return Print(
        shown.symbol, shown.at, *(rated(one, split) for one in (shown.price, shown.bid, shown.ask)),
        low=rated(shown.low, split), high=rated(shown.high, split),
    )  # fmt: skip
