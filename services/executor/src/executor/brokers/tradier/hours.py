"""Tradier's clock and calendar as a reading of market time; no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from msgspec import Struct

from contracts.days import NEW_YORK
from executor.brokers.broker import ClockReading


class WireClock(Struct, frozen=True):
    """`timestamp` is Unix time in seconds."""

    state: str
    timestamp: int

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp, UTC)


class _Hours(Struct, frozen=True):
    start: str
    end: str


class WireDay(Struct, frozen=True):
    """A day of the calendar; times are New York's, such as 09:30."""

    date: date
    status: str
    open: _Hours | None = None


def session(day: WireDay) -> tuple[datetime, datetime] | None:
    if day.status != "open" or day.open is None:
        return None
    return _moment(day.date, day.open.start), _moment(day.date, day.open.end)


def reading(clock: WireClock, days: Iterable[WireDay]) -> ClockReading | None:
    """Read the clock beside the days around it; None where these do not reach far enough."""
    sessions = [found for found in map(session, days) if found is not None]
    opens = [begin for begin, _ in sessions if begin > clock.at]
    closes = [end for _, end in sessions if end > clock.at]
    if not opens:
        return None
    return ClockReading(at=clock.at, is_open=clock.state == "open", next_open=min(opens), next_close=min(closes))


def months(at: datetime) -> tuple[tuple[int, int], tuple[int, int]]:
    """Name the month of a moment and the next one, as (year, month)."""
    here = at.astimezone(NEW_YORK)
    return (here.year, here.month), (here.year + here.month // 12, here.month % 12 + 1)


def _moment(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), NEW_YORK).astimezone(UTC)
