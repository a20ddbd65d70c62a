"""Leave before the company reports: what it says may move the price past any stop."""

from __future__ import annotations

from contracts.days import new_york, weekdays
from contracts.exits import ExitReason
from position_manager.policies.case import Case


def earnings(case: Case) -> ExitReason | None:
    """Leave from `earnings_exit_days` weekdays before a report on, and on its own day.

    Holidays are weekdays here, so at the latest it is the last session that opens before that day.
    """
    market, days = case.market, case.limits.earnings_exit_days
    if not days or not market.is_open or market.now is None or market.next_open is None:
        return None
    today, next_session = new_york(market.now).date(), new_york(market.next_open).date()
    ahead = (day for day in market.earnings.get(case.position.symbol, ()) if day >= today)
    near = any(weekdays(today, day) <= days or next_session >= day for day in ahead)
    return ExitReason.EARNINGS if near else None
