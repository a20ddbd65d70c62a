"""REST v2: the clock and the calendar of the market."""

import asyncio
from datetime import date, timedelta
from itertools import count

from aiohttp import web

from exchange.refusals import malformed
from paper_exchange.http import RefusedError, answer, choice, day, floor
from paper_exchange.sessions import Session, Sessions
from paper_exchange.times import in_new_york
from paper_exchange.wire import Json

FIRST, LAST = date(1990, 1, 1), date(2039, 12, 31)
SETTLING = timedelta(days=10)  # more than any day takes to be settled
KINDS = ("TRADING", "SETTLEMENT")


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/clock", _clock),
        web.get("/v2/calendar", _calendar),
    ]


async def _clock(request: web.Request) -> web.StreamResponse:
    house = floor(request)
    at = house.moment()
    index = house.sessions.index(at.now)
    opening = house.sessions[index + 1 if at.is_open else index].opens
    return answer(
        {
            "timestamp": in_new_york(at.now),
            "is_open": at.is_open,
            "next_open": in_new_york(opening),
            "next_close": in_new_york(at.closes_at),
        }
    )


async def _calendar(request: web.Request) -> web.StreamResponse:
    today = date.fromisoformat(in_new_york(floor(request).moment().now)[:10])
    start, end = day(request, "start", FIRST), day(request, "end", today.replace(year=today.year + 1, day=1))
    kind = choice(request, "date_type", "TRADING", KINDS)
    if start > end:
        raise RefusedError(malformed(f"start was {start}, expected a day not after end, {end}"))
    # The whole of it takes a second to reckon, during which the market would stand still.
    listed = await asyncio.to_thread(_days, max(start, FIRST), min(end, LAST), kind)
    return answer(listed)


def _days(start: date, end: date, kind: str) -> list[dict[str, Json]]:
    """List the days that are traded on, or settled on, between two dates, both included."""
    sessions = Sessions(start - SETTLING)
    sessions.reach(end)
    name = "date" if kind == "TRADING" else "settlement_date"
    found: list[dict[str, Json]] = []
    for index in count():
        one = _day(sessions[index], sessions[index + 1].date)
        if str(one[name]) > end.isoformat():
            return found
        if str(one[name]) >= start.isoformat():
            found.append(one)
    return found


def _day(one: Session, settled: str) -> dict[str, Json]:
    return {
        "date": one.date,
        "open": in_new_york(one.opens)[11:16],
        "close": in_new_york(one.closes)[11:16],
        "session_open": in_new_york(one.begins)[11:16].replace(":", ""),
        "session_close": in_new_york(one.ends)[11:16].replace(":", ""),
        "settlement_date": settled,
    }
