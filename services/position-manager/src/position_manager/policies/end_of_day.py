"""Leave before the session ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.exits import ExitReason
from position_manager.policies.case import Case


def leaves_at(case: Case) -> datetime | None:
    close, minutes = case.market.next_close, case.limits.flat_minutes_before_close
    return close - timedelta(minutes=minutes) if minutes and close else None


def end_of_day(case: Case) -> ExitReason | None:
    """Leave from `flat_minutes_before_close` minutes before the close on, which is earlier on a half-day."""
    market, at = case.market, leaves_at(case)
    if at is None or not market.is_open or market.now is None:
        return None
    return ExitReason.END_OF_DAY if market.now >= at else None
