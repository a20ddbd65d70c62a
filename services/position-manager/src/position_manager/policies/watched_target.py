"""Leave a fraction whose target is reached: the broker rests only its stop."""

from __future__ import annotations

from contracts.exits import ExitReason
from position_manager.policies.case import Case, Watch


def watched_target(case: Case) -> Watch | None:
    """Leave a fraction at its target: the broker takes none beside its stop."""
    if case.part.whole or not case.market.is_open:
        return None
    return Watch(ExitReason.TARGET, high=float(case.part.target_price))
