"""Days as the exchange counts them: New York's, Monday to Friday."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
OPENS = time(9, 30, tzinfo=NEW_YORK)
"""Also a half-day begins then."""


def new_york(at: datetime) -> datetime:
    return at.astimezone(NEW_YORK)


def weekdays(first: date, last: date) -> int:
    """Count the weekdays from `first` to before `last`."""
    return _weekdays_before(last) - _weekdays_before(first)


def weekdays_back(day: date, count: int) -> date:
    """Give the weekday with so many weekdays, itself among them, before `day`; the first day there is at the most."""
    weeks, rest = divmod(max(_weekdays_before(day) - count, 0), 5)
    return date.fromordinal(weeks * 7 + rest + 1)


def _weekdays_before(day: date) -> int:
    # 1 January of the year 1, with which the count of days begins, is a Monday.
    weeks, rest = divmod(day.toordinal() - 1, 7)
    return weeks * 5 + min(rest, 5)
