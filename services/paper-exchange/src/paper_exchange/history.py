"""Market data REST: the latest of everything, and bars."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from aiohttp import web

from exchange.fills import Print
from exchange.refusals import Refusal
from paper_exchange import bars, times
from paper_exchange.bars import Candle, candle, joined
from paper_exchange.floor import Floor
from paper_exchange.http import RefusedError, answer, floor, symbols, whole
from paper_exchange.market import MINUTE, minutes_of
from paper_exchange.tape import NEW_YORK, SECOND

MOST = 10_000
ORDINARY = 1_000
HOUR = 60 * MINUTE
UNITS = {"min": MINUTE, "t": MINUTE, "hour": HOUR, "h": HOUR}
DAY = 24 * HOUR


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/stocks/quotes/latest", _latest_quotes),
        web.get("/v2/stocks/trades/latest", _latest_trades),
        web.get("/v2/stocks/bars/latest", _latest_bars),
        web.get("/v2/stocks/bars", _bars),
    ]


async def _latest_quotes(request: web.Request) -> web.StreamResponse:
    return answer({"quotes": _latest(request, bars.quote)})


async def _latest_trades(request: web.Request) -> web.StreamResponse:
    return answer({"trades": _latest(request, bars.trade)})


async def _latest_bars(request: web.Request) -> web.StreamResponse:
    house = floor(request)
    now = house.moment().now
    since = house.sessions[max(0, house.sessions.index(now) - 1)].opens
    found = {symbol: _last(_minutes(house, symbol, since, now)) for symbol in _known(request)}
    return answer({"bars": {symbol: _written(one) for symbol, one in found.items() if one is not None}})


async def _bars(request: web.Request) -> web.StreamResponse:
    house = floor(request)
    now = house.moment().now
    today = house.sessions[house.sessions.index(now)].opens
    start = max(0, min(_time(request, "start", today), now))
    end = min(_time(request, "end", now), now)
    limit = whole(request, "limit", ORDINARY, MOST)
    names = sorted(_known(request))
    found = (one for name in names for one in _resized(request, house, name, start, end))
    page = list(islice(_after(found, request.query.get("page_token", "")), limit + 1))
    shown: dict[str, list[dict[str, object]]] = {}
    for one in page[:limit]:
        shown.setdefault(one.symbol, []).append(_written(one))
    more = f"{page[limit - 1].symbol}|{page[limit - 1].at}" if len(page) > limit else None
    return answer({"bars": shown, "next_page_token": more})


def _latest(request: web.Request, write: Callable[[Print], dict[str, object]]) -> dict[str, dict[str, object]]:
    prints = floor(request).state.prints
    found = {symbol: prints[symbol] for symbol in _known(request) if symbol in prints}
    return {symbol: {"t": times.stamp(shown.at), **write(shown)} for symbol, shown in found.items()}


def _known(request: web.Request) -> tuple[str, ...]:
    asked = symbols(request)
    if not asked:
        raise RefusedError(Refusal(400, 40010001, "symbols is required"))
    return tuple(symbol for symbol in asked if symbol in floor(request).venue.assets)


def _written(one: Candle) -> dict[str, object]:
    return {"t": times.stamp(one.at), **bars.bar(one)}


def _minutes(house: Floor, symbol: str, start: int, end: int) -> Iterator[Candle]:
    """List the minutes of a symbol that have ended by `end`."""
    index = house.sessions.index(start)
    while house.sessions[index].opens < end:
        for minute in minutes_of(house.tape, house.sessions[index], index):
            if minute.bar.symbol == symbol and minute.at >= start and minute.at + MINUTE <= end:
                yield candle(minute)
        index += 1


def _last(found: Iterator[Candle]) -> Candle | None:
    last = None
    for last in found:  # noqa: B007 - the last one is what is wanted
        pass
    return last


def _resized(request: web.Request, house: Floor, symbol: str, start: int, end: int) -> Iterator[Candle]:
    length = _length(request.query.get("timeframe", "1Min"))
    minutes = _minutes(house, symbol, start, end)
    if length == MINUTE:
        return minutes
    if length < DAY:
        return joined(minutes, length)
    return joined(minutes, DAY, _midnight(start))


def _midnight(at: int) -> int:
    """Give the start of a day in New York, where a day's bar begins."""
    local = datetime.fromtimestamp(at // SECOND, NEW_YORK)
    return int(local.replace(hour=0, minute=0, second=0).timestamp()) * SECOND


def _length(timeframe: str) -> int:
    """Read `1Min`, `5T`, `1Hour` or `1Day` as nanoseconds."""
    form = re.fullmatch(r"([1-9]\d?)([A-Za-z]+)", timeframe)
    unit = form[2].lower() if form else ""
    if form and unit in UNITS:
        return int(form[1]) * UNITS[unit]
    if unit in {"day", "d"} and timeframe.startswith("1"):
        return DAY
    raise RefusedError(Refusal(400, 40010001, f"invalid timeframe: {timeframe[:20]}"))


def _after(found: Iterator[Candle], token: str) -> Iterator[Candle]:
    """Go on behind the bar that the token names."""
    symbol, _, at = token.partition("|")
    if not at.isdigit():
        return found
    return (one for one in found if (one.symbol, one.at) > (symbol, int(at)))


def _time(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    try:
        return times.parse(text)
    except ValueError as error:
        raise RefusedError(Refusal(400, 40010001, f"invalid {name}: {text[:40]}")) from error
