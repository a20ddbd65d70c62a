"""Where an entry is left: its stop and its target, before they are rounded to the price grid."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from contracts.limits import Limits


class AverageRanges(Struct, frozen=True, kw_only=True):
    """How far the price ranges in a minute and in a day, on average; 0 where that is not known."""

    minute: Decimal = Decimal(0)
    day: Decimal = Decimal(0)


UNKNOWN = AverageRanges()


def stop_price(entry: Decimal, limits: Limits, ranges: AverageRanges = UNKNOWN) -> Decimal:
    """Give the stop. Dollars that a share does not cost are no distance: then the fraction counts.

    Average ranges may only bring the stop nearer: who sizes by the risk does not know them.
    """
    by_dollars = 0 < limits.stop_dollars < entry
    stop = entry - limits.stop_dollars if by_dollars else entry * (1 - limits.stop_fraction)
    distances = (limits.stop_atr * ranges.minute, limits.stop_daily_atr * ranges.day)
    return max(stop, *(entry - distance if distance else stop for distance in distances))


def target_price(entry: Decimal, limits: Limits) -> Decimal:
    return entry * (1 + limits.target_fraction)
