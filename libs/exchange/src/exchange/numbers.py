"""Decimals as they come in and go out."""

from decimal import Decimal

LARGEST = 12  # the highest power of ten taken for a quantity or a price


def plain(value: Decimal) -> str:
    """Without exponent and without trailing zeros: `1`, `0.5`, `100000`."""
    return format(value.normalize(), "f") if value else "0"


def positive(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def bounded(value: Decimal) -> bool:
    """Whether it is small enough to be reckoned with."""
    return value.adjusted() <= LARGEST


def usable(value: Decimal) -> bool:
    """Positive, finite, and of a size that can be reckoned with."""
    return positive(value) and bounded(value) and value.adjusted() >= -LARGEST


def finer(value: Decimal, most: int) -> bool:
    """Whether it has more decimal places than that."""
    return places(value) > most


def places(value: Decimal) -> int:
    """Decimal places that say something: trailing zeros do not count."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0 or not any(digits):
        return 0
    # Counted, as to normalise a number rounds it: a one in its hundredth place would be lost.
    trailing = next(index for index, digit in enumerate(reversed(digits)) if digit)
    return max(0, -exponent - trailing)
