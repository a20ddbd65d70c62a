"""Trading days of the New York Stock Exchange."""

import warnings
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from paper_exchange.tape import NEW_YORK, SECOND

AHEAD = timedelta(days=400)
HOUR = 3600 * SECOND


class Session(Struct, frozen=True):
    """One trading day; nanoseconds since 1970, UTC."""

    date: str
    opens: int
    closes: int
    midnight: int  # its start in New York
    begins: int  # of trading before the hours, 04:00 New York
    ends: int  # of trading after the hours, 20:00 New York; 17:00 on a day that closes early


class Sessions:
    """The trading days from a first one on, as far ahead as they are asked for."""

    def __init__(self, first: date) -> None:
        self._first = first
        self._days: list[Session] = []
        self._closes: list[int] = []
        self._until = first

    def reach(self, until: date) -> None:
        """Know the days until then and some more."""
        if self._days and until + AHEAD / 2 < self._until:
            return
        # The library takes a second to import, and a process that only prints its usage does not need it.
        from exchange_calendars import get_calendar  # noqa: PLC0415

        self._until = max(until, self._first) + AHEAD
        with warnings.catch_warnings():
            # The library still asks pandas for values in a way that pandas is about to change.
            warnings.simplefilter("ignore", DeprecationWarning)
            calendar = get_calendar("XNYS", start=self._first.isoformat(), end=self._until.isoformat())
        opens = [_nanoseconds(moment) for moment in calendar.opens]
        self._closes = [_nanoseconds(moment) for moment in calendar.closes]
        self._days = [_session(*times) for times in zip(opens, self._closes, strict=True)]

    def index(self, at: int) -> int:
        """Find the number of the first session that has not closed at `at`, counted from 0."""
        self.reach(datetime.fromtimestamp(at // SECOND, UTC).date())
        return bisect_right(self._closes, at)

    def __getitem__(self, index: int) -> Session:
        while index >= len(self._days):
            self.reach(self._until)
        return self._days[index]

    def between(self, start: str, end: str) -> tuple[Session, ...]:
        """List the sessions from one ISO date to another, both included."""
        return tuple(day for day in self._days if start <= day.date <= end)


def _session(opens: int, closes: int) -> Session:
    local = datetime.fromtimestamp(opens // SECOND, NEW_YORK)
    midnight, four, five, eight = (_nanoseconds(local.replace(hour=hour, minute=0)) for hour in (0, 16, 17, 20))
    half = closes < four
    return Session(local.date().isoformat(), opens, closes, midnight, midnight + 4 * HOUR, five if half else eight)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND
