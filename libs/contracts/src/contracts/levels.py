"""Where an entry is left: its stop and its target, before they are rounded to the price grid."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits


def stop_price(entry: Decimal, limits: Limits, average_range: Decimal = Decimal(0)) -> Decimal:
    """Give the stop. Dollars that a share does not cost are no distance: then the fraction counts.

    An `average_range`, where it is known, may only bring the stop nearer: who sizes by the risk does not know it.
    """
    by_dollars = 0 < limits.stop_dollars < entry
    stop = entry - limits.stop_dollars if by_dollars else entry * (1 - limits.stop_fraction)
    distance = limits.stop_atr * average_range
    return max(stop, entry - distance) if distance else stop


def target_price(entry: Decimal, limits: Limits) -> Decimal:
    return entry * (1 + limits.target_fraction)
