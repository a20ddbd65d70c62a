"""Leave before the company reports: what it says may move the price past any stop."""

from __future__ import annotations

from datetime import UTC, date, datetime

from contracts.days import OPENS, new_york, weekdays, weekdays_back
from contracts.exits import ExitReason
from position_manager.policies.case import Case


def leaves_before(case: Case) -> tuple[datetime, date] | None:
    """Foretell when a position that stays for now is left, and before which report.

    Which of the days to come are holidays is not known here: only when the next session opens.
    """
    market, days = case.market, case.limits.earnings_exit_days
    if not days or market.next_open is None:
        return None
    next_session = new_york(market.next_open).date()
    ahead = [day for day in market.earnings.get(case.position.symbol, ()) if day >= next_session]
    if not ahead:
        return None
    opens = datetime.combine(weekdays_back(min(ahead), days), OPENS).astimezone(UTC)
    return max(market.next_open, opens), min(ahead)


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
