"""Nothing is entered around the day when a company reports: what it says may move the price past any stop."""

from __future__ import annotations

from datetime import date

from contracts.days import new_york, weekdays
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.state import State

LIMITS = ("earnings_days_before", "earnings_days_after")
CURE = "Wait until the days around the report are over, or set fewer; 0 before and 0 after turns the rule off."

_DAY = date.resolution


def earnings(state: State, candidate: Candidate) -> Answer:
    """Count weekdays in New York, `earnings_days_before` the report to `earnings_days_after` it, with its own day.

    Both 0 turns the rule off. A report at a weekend has its Friday before and its Monday after.
    """
    symbol, today = candidate.signal.symbol, new_york(candidate.now).date()
    before, after = state.limits.earnings_days_before, state.limits.earnings_days_after
    limit = f"{before} before, {after} after"
    near = [day for day in state.earnings.get(symbol, ()) if -after <= _distance(today, day) <= before]
    if not near or not (before or after):
        return Answer(passed=True, value="none", limit=limit, reason="")
    reason = f"{symbol} reports on {near[0]}: no entries on the weekdays from {before} before to {after} after"
    return Answer(passed=False, value=str(near[0]), limit=limit, reason=reason)


def _distance(today: date, day: date) -> int:
    """Count the weekdays until a day, below zero since it."""
    return weekdays(today, day) if today <= day else -weekdays(day + _DAY, today + _DAY)


def broken() -> Example:
    return Example(moment(earnings={"AAPL": (NOON.date(),)}))
