"""How long a bar is, from `1Min` to `12Month`, and where each begins."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from msgspec import Struct

from paper_exchange.sessions import HOUR, Session
from paper_exchange.tape import MINUTE, NEW_YORK, SECOND

COUNTS = {"Min": range(1, 60), "Hour": range(1, 24), "Day": (1,), "Week": (1,), "Month": (1, 2, 3, 4, 6, 12)}
SHORT = {"T": "Min", "H": "Hour", "D": "Day", "W": "Week", "M": "Month"}
WITHIN_A_DAY = {"Min": MINUTE, "Hour": HOUR}


class Timeframe(Struct, frozen=True):
    count: int
    unit: str

    @property
    def within_a_day(self) -> bool:
        """Longer bars are of the regular hours alone."""
        return self.unit in WITHIN_A_DAY

    def begins(self, session: Session) -> Callable[[int], int]:
        """Tell for the moments of a session when the bar that they belong to began."""
        if self.unit in WITHIN_A_DAY:
            length = self.count * WITHIN_A_DAY[self.unit]
            return lambda at: at - (at - session.midnight) % length
        first = _midnight(self._first(date.fromisoformat(session.date)))
        return lambda _: first

    def _first(self, day: date) -> date:
        match self.unit:
            case "Week":
                return day - timedelta(days=day.weekday())
            case "Month":
                return day.replace(month=day.month - (day.month - 1) % self.count, day=1)
            case _:
                return day


EVERY_MINUTE = Timeframe(1, "Min")
DAILY = Timeframe(1, "Day")


def parse(text: str) -> Timeframe | None:
    """Read `5Min` or `5T`, `1Hour`, `1Day`, `1Week`, `3Month`."""
    form = re.fullmatch(r"([1-9]\d?)([A-Za-z]+)", text)
    if form is None:
        return None
    count, unit = int(form[1]), SHORT.get(form[2], form[2])
    return Timeframe(count, unit) if count in COUNTS.get(unit, ()) else None


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).timestamp()) * SECOND
