"""From an amount to what is ordered: rounded down, so that no limit is passed by rounding."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from msgspec import Struct

from risk.sizing.amounts import DOWN, Amount, Dollars, sane
from risk.state import ZERO

# As finely as Alpaca takes fractional shares.
_FRACTION, _SHARE, _CENT = Decimal("1e-9"), Decimal(1), Decimal("0.01")


class Size(Struct, frozen=True):
    """How much an entry is for: `wanted` shares before rounding, None while that cannot be told, and `qty` after it.

    With `notional` the order is for so many dollars, and `qty` is what they buy at the price now.
    """

    wanted: Decimal | None = None
    qty: Decimal = ZERO
    notional: Decimal | None = None


def fitting(amount: Amount, price: Decimal | None, *, fractions: bool) -> Size:
    """Round: shares to whole ones, or to nine places where `fractions` may be bought; dollars then to the cent."""
    number = sane(amount.number)
    if not isinstance(amount, Dollars) or price is None:
        return Size(number, rounded(number, fractional=fractions))
    wanted = DOWN.divide(number, price)
    if not fractions:
        return Size(wanted, rounded(wanted, fractional=False))
    notional = number.quantize(_CENT, rounding=ROUND_DOWN)
    return Size(wanted, rounded(DOWN.divide(notional, price), fractional=True), notional)


def rounded(qty: Decimal, *, fractional: bool) -> Decimal:
    return qty.quantize(_FRACTION if fractional else _SHARE, rounding=ROUND_DOWN)
