"""Leave before the session ends."""

from __future__ import annotations

from datetime import timedelta

from contracts.exits import ExitReason
from position_manager.policies.case import Case


def end_of_day(case: Case) -> ExitReason | None:
    """Leave from `flat_minutes_before_close` minutes before the close on, which is earlier on a half-day."""
    market, minutes = case.market, case.limits.flat_minutes_before_close
    if not minutes or not market.is_open or market.now is None or market.next_close is None:
        return None
    return ExitReason.END_OF_DAY if market.now >= market.next_close - timedelta(minutes=minutes) else None
