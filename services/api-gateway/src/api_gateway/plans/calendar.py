"""Days of reports from an iCalendar file. An event that cannot be read is a problem and hides no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from icalendar import Event
from icalendar.prop import vDDDTypes

from api_gateway.plans.problem import Problem
from api_gateway.plans.tables import symbol_of
from contracts.days import new_york
from contracts.sessions import Earnings

# A strange time zone makes the library look for a file, or take a list for a text.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, OSError)
_BEGIN, _END = "BEGIN:VEVENT", "END:VEVENT"
FIRST_LINE = "BEGIN:VCALENDAR"


def earnings(file: str, text: str) -> tuple[tuple[Earnings, ...], tuple[Problem, ...]]:
    found, problems = list[Earnings](), list[Problem]()
    for line, block in _events(text):
        read = _report(file, line, block)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            found.append(read)
    return tuple(found), tuple(problems)


def _events(text: str) -> Iterator[tuple[int, str]]:
    """Cut the file into its events, so that one that is broken breaks no other."""
    begun, lines = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        word = line.strip().upper()
        if word == _BEGIN:
            begun, lines = number, []
        if begun:
            lines.append(line.rstrip("\r"))
        if begun and word == _END:
            yield begun, "\r\n".join((*lines, ""))
            begun = 0


def _report(file: str, line: int, block: str) -> Earnings | Problem:
    try:
        event = Event.from_ical(block)
    except _BROKEN as e:
        return Problem(file, line, 0, f"the event cannot be read: {e}")
    if event.errors:
        what = " ".join(filter(None, event.errors[0]))
        return Problem(file, line, 0, f"the event cannot be read: {what}")
    named = str(event.get("X-SYMBOL", "")) or str(event.get("SUMMARY", "")).strip().partition(" ")[0]
    symbol, start = symbol_of(named.strip(",:;()")), event.get("DTSTART")
    if symbol is None:
        return Problem(file, line, 0, f"the symbol was {named[:100]!r}, expected one like AAPL or BRK.B")
    if not isinstance(start, vDDDTypes) or not isinstance(start.dt, date):
        return Problem(file, line, 0, f"the event of {symbol} says no day, expected one DTSTART such as 20261029")
    return Earnings(symbol=symbol, day=_day(start.dt))


def _day(start: date | datetime) -> date:
    """Give the day in New York; a time without a zone is taken as it stands."""
    if not isinstance(start, datetime):
        return start
    return new_york(start).date() if start.tzinfo else start.date()
