"""Decimals as they come in and go out."""

from decimal import Decimal

LARGEST = 12  # the highest power of ten taken for a quantity or a price


def plain(value: Decimal) -> str:
    """Without exponent and without trailing zeros: `1`, `0.5`, `100000`."""
    return format(value.normalize(), "f") if value else "0"


def usable(value: Decimal) -> bool:
    """Positive, finite, and of a size that can be reckoned with."""
    return value.is_finite() and value > 0 and -LARGEST <= value.adjusted() <= LARGEST


def places(value: Decimal) -> int:
    """Decimal places that say something: trailing zeros do not count."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
