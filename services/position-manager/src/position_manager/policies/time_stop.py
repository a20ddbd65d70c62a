"""Leave what has been held longer than it may be."""

from __future__ import annotations

from datetime import timedelta

from contracts.exits import ExitReason
from position_manager.policies.case import Case


def time_stop(case: Case) -> ExitReason | None:
    """Days are days of market time, nights and weekends included; it sells only while the market is open."""
    market = case.market
    if market.now is None or not market.is_open:
        return None
    too_long = market.now - case.position.opened > timedelta(days=case.limits.max_days)
    return ExitReason.TIME_STOP if too_long else None
