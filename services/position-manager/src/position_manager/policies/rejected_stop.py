"""Leave what no stop can protect any more: the broker rejected it and the price is already beyond it."""

from __future__ import annotations

from contracts.exits import ExitReason
from position_manager.policies.case import Case, Watch


def rejected_stop(case: Case) -> Watch | None:
    if case.part.because is not ExitReason.PROTECTION_REJECTED or case.part.order:
        return None
    return Watch(ExitReason.PROTECTION_REJECTED, low=float(case.part.stop_price))
