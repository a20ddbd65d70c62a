"""Market time as the exchange's clock and calendar on the wall show it. Times of day are New York's, as HH:MM."""

from __future__ import annotations

from datetime import datetime

from contracts.days import new_york

CLOSE = "16:00"
"""When the regular session ends on a whole day."""


def time_of_day(at: datetime) -> str:
    """Give hours and minutes, which compare as text."""
    local = new_york(at)
    return f"{local.hour:02}:{local.minute:02}"


def todays_close(now: datetime, next_close: datetime | None) -> str:
    """Say when the session of this day ends: earlier than `CLOSE` on a half-day."""
    if next_close is None or new_york(next_close).date() != new_york(now).date():
        return CLOSE
    return min(CLOSE, time_of_day(next_close))


def earlier(time: str, close: str) -> str:
    """Give the time that is as far from this close as `time` is from that of a whole day."""
    hours, minutes = divmod(max(_minutes(time) - _minutes(CLOSE) + _minutes(close), 0), 60)
    return f"{hours:02}:{minutes:02}"


def _minutes(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)
