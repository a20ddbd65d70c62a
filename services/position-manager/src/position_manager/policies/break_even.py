"""Leave what was a gain once and is none any more."""

from __future__ import annotations

from contracts.exits import ExitReason
from position_manager.marks import reached
from position_manager.policies.case import Case, Watch


def break_even(case: Case) -> Watch | None:
    """Once the gain was `break_even`, leave when the price is back at what the shares cost."""
    gain = case.limits.break_even
    if not gain or not case.market.is_open or not reached(case.part, gain):
        return None
    return Watch(ExitReason.BREAK_EVEN, low=float(case.part.entry_price))
