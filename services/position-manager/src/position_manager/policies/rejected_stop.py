"""Leave what no order can protect any more: the broker rejected it and the price is already beyond stop or target."""

from __future__ import annotations

from contracts.exits import ExitReason
from position_manager.policies.case import Case, Watch


def rejected_stop(case: Case) -> Watch | None:
    """Leave at the stop or the target that the broker rejected."""
    if case.part.because is not ExitReason.PROTECTION_REJECTED or case.part.order:
        return None
    # A fill far above the target that its signal named has a stop above that, and brokers take no such pair.
    return Watch(ExitReason.PROTECTION_REJECTED, low=float(case.part.stop_price), high=float(case.part.target_price))
