"""Leave what gives back too much of its best gain."""

from __future__ import annotations

from decimal import Decimal

from contracts.exits import ExitReason
from position_manager.marks import reached
from position_manager.policies.case import Case, Watch


def give_back(case: Case) -> Watch | None:
    """Once the gain was `give_back_activation`, leave when `give_back` of the best one is lost."""
    share, cost = case.limits.give_back, case.part.entry_price
    gain = Decimal(str(case.part.best)) - cost
    if not share or gain <= 0 or not case.market.is_open or not reached(case.part, case.limits.give_back_activation):
        return None
    return Watch(ExitReason.GAVE_BACK, low=float(cost + gain * (1 - share)))
