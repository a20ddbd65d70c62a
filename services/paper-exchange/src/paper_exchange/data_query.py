"""What a question about market data asks for, and what is said of one that makes no sense."""

import re
from datetime import date, datetime, timedelta

from aiohttp import web
from msgspec import Struct

from exchange.refusals import Refusal, forbidden
from paper_exchange import times
from paper_exchange.http import RefusedError, digits, floor, words
from paper_exchange.plan import Plan
from paper_exchange.tape import MINUTE, NEW_YORK, SECOND

PLAN = web.AppKey("plan", Plan)
SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9./]{0,20}")
MOST = 10_000
ORDINARY = "1000"
RECENT = 15 * MINUTE  # what the plan without a SIP subscription does not show of it
NOT_CARRIED = {"delayed_sip", "otc", "boats", "overnight"}
CHOICES = {
    "sort": {"asc", "desc"},
    "currency": {"USD"},
    "feed": {"iex", "sip", *NOT_CARRIED},
    # The recordings hold no dividends and no spin-offs.
    "adjustment": {"raw", "split", "dividend", "spin-off", "all"},
}


class Span(Struct, frozen=True):
    """A stretch of the past, and how much of it is wanted."""

    start: int
    end: int
    limit: int
    descending: bool
    after: tuple[str, int] | None  # symbol and time of the last one that was shown


def known(request: web.Request) -> tuple[str, ...]:
    """Give the symbols that were asked for and that this market has, in order."""
    asked = (request.match_info["symbol"],) if "symbol" in request.match_info else words(request, "symbols")
    if not asked:
        raise invalid("symbols is required")
    for symbol in asked:
        if not SYMBOL.fullmatch(symbol):
            raise invalid(f"invalid symbol: {symbol[:20]}")
    for name, allowed in CHOICES.items():
        if any(word not in allowed for word in words(request, name)):
            raise invalid(f"invalid {name}: {request.query[name][:20]}")
    return tuple(sorted(set(asked) & floor(request).venue.assets.keys()))


def latest(request: web.Request) -> tuple[str, ...]:
    """Give the symbols of a question about now."""
    found = known(request)
    _permit(request, recent=True)
    return found


def span(request: web.Request) -> Span:
    now = floor(request).moment().now
    today = datetime.fromtimestamp(now // SECOND, NEW_YORK).date().isoformat()
    start, end = _time(request, "start", today), now
    if "end" in request.query:
        end = _time(request, "end", today, whole_day=True)
    _permit(request, recent=end > now - RECENT)
    text = request.query.get("limit", ORDINARY)
    limit = digits(text)
    if limit is None or not 1 <= limit <= MOST:
        raise invalid(f"invalid limit: {text[:20]}, expected a number from 1 to {MOST}")
    descending = request.query.get("sort") == "desc"
    return Span(max(0, min(start, now)), min(end, now), limit, descending, _token(request))


def invalid(message: str) -> RefusedError:
    return RefusedError(Refusal(400, 40010001, message))


def _permit(request: web.Request, *, recent: bool) -> None:
    feed = request.query.get("feed")
    if feed in NOT_CARRIED:
        raise RefusedError(forbidden(f"subscription does not permit querying {feed} data"))
    if recent and feed == Plan.SIP and request.app[PLAN] is Plan.IEX:
        raise RefusedError(forbidden("subscription does not permit querying recent SIP data"))


def _time(request: web.Request, name: str, default: str, *, whole_day: bool = False) -> int:
    """Read a time, or a day of New York, of which an end takes in the whole."""
    text = request.query.get(name, default)
    try:
        if len(text) > len("2013-10-07"):
            return times.parse(text)
        day = date.fromisoformat(text) + timedelta(days=whole_day)
        return times.parse(datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).isoformat()) - whole_day
    except (ValueError, OverflowError) as error:
        raise invalid(f"invalid {name}: {text[:40]}") from error


def _token(request: web.Request) -> tuple[str, int] | None:
    text = request.query.get("page_token", "")
    if not text:
        return None
    symbol, _, rest = text.partition("|")
    at = digits(rest)
    if at is None:
        raise invalid(f"invalid page_token: {text[:40]}")
    return symbol, at
