"""Where an entry is left: its stop and its target, before they are rounded to the price grid."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits


def stop_price(entry: Decimal, limits: Limits) -> Decimal:
    """Give the stop. Dollars that a share does not cost are no distance: then the fraction counts."""
    if 0 < limits.stop_dollars < entry:
        return entry - limits.stop_dollars
    return entry * (1 - limits.stop_fraction)


def target_price(entry: Decimal, limits: Limits) -> Decimal:
    return entry * (1 + limits.target_fraction)
