"""Leave before the company reports: what it says may move the price past any stop."""

from __future__ import annotations

from contracts.days import new_york, weekdays
from contracts.exits import ExitReason
from position_manager.policies.case import Case


def earnings(case: Case) -> ExitReason | None:
    """Leave from `earnings_exit_days` weekdays before a report on, and on its own day."""
    market, days = case.market, case.limits.earnings_exit_days
    if not days or not market.is_open or market.now is None:
        return None
    today = new_york(market.now).date()
    near = any(day >= today and weekdays(today, day) <= days for day in market.earnings.get(case.position.symbol, ()))
    return ExitReason.EARNINGS if near else None
