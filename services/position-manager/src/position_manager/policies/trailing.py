"""Leave what falls too far below its highest price."""

from __future__ import annotations

from decimal import Decimal

from contracts.exits import ExitReason
from position_manager.marks import reached
from position_manager.policies.case import Case, Watch


def trailing(case: Case) -> Watch | None:
    """Once the gain was `trail_activation`, leave when the price is `trail_fraction` below the highest since."""
    fraction = case.limits.trail_fraction
    if not fraction or not case.market.is_open or not reached(case.part, case.limits.trail_activation):
        return None
    return Watch(ExitReason.TRAILED, low=float(Decimal(str(case.part.best)) * (1 - fraction)))
