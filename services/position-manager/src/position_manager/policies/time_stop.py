"""Leave what has been held longer than it may be."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.exits import ExitReason
from position_manager.policies.case import Case


def held_until(case: Case) -> datetime:
    return case.position.opened + timedelta(days=case.limits.max_days)


def time_stop(case: Case) -> ExitReason | None:
    """Leave what was held longer than `max_days`: days of market time, nights and weekends included."""
    market = case.market
    if market.now is None or not market.is_open:
        return None
    return ExitReason.TIME_STOP if market.now > held_until(case) else None
