"""Market data REST: bars, trades and quotes of the past, and the latest of everything."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TypeAlias, TypeVar

from aiohttp import web
from msgspec import Struct

from exchange.fills import Print
from exchange.refusals import not_found
from paper_exchange import adjusting, bars, data_query, past, timeframes, times
from paper_exchange.bars import Candle
from paper_exchange.data_query import Span
from paper_exchange.http import Handler, RefusedError, answer, floor, words

T = TypeVar("T", Candle, Print)
Written: TypeAlias = dict[str, object]
BySymbol: TypeAlias = dict[str, Written]


class Page(Struct, frozen=True):
    listed: dict[str, list[Written]]  # by symbol
    token: str | None  # asks for the next page


def routes() -> Iterator[web.RouteDef]:
    """Give each resource twice, for many symbols and for one."""
    for name, page in (("bars", _bars), ("trades", _trades), ("quotes", _quotes)):
        yield web.get(f"/v2/stocks/{name}", _pages(name, page))
        yield web.get(f"/v2/stocks/{{symbol}}/{name}", _pages_of_one(name, page))
    for name, latest in (("bar", _latest_bars), ("trade", _latest_trades), ("quote", _latest_quotes)):
        yield web.get(f"/v2/stocks/{name}s/latest", _latest(latest, f"{name}s"))
        yield web.get(f"/v2/stocks/{{symbol}}/{name}s/latest", _latest_of_one(latest, name))
    yield web.get("/v2/stocks/snapshots", _latest(_snapshots))
    yield web.get("/v2/stocks/{symbol}/snapshot", _latest_of_one(_snapshots))


def _pages(name: str, page: Callable[[web.Request], Page]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        found = page(request)
        return answer({name: found.listed, "next_page_token": found.token})

    return handle


def _pages_of_one(name: str, page: Callable[[web.Request], Page]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        found, symbol = page(request), request.match_info["symbol"]
        return answer({name: found.listed.get(symbol, []), "symbol": symbol, "next_page_token": found.token})

    return handle


def _latest(read: Callable[[web.Request], BySymbol], name: str = "") -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        found = read(request)
        return answer({name: found} if name else found)

    return handle


def _latest_of_one(read: Callable[[web.Request], BySymbol], name: str = "") -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        symbol = request.match_info["symbol"]
        found = read(request).get(symbol)
        if found is None:
            raise RefusedError(not_found(f"symbol not found: {symbol}"))
        return answer({"symbol": symbol, **({name: found} if name else found)})

    return handle


def _bars(request: web.Request) -> Page:
    text = request.query.get("timeframe", "1Min")
    frame = timeframes.parse(text)
    if frame is None:
        raise data_query.invalid(f"invalid timeframe: {text[:20]}")
    adjusts = adjusting.ASKED_BY.intersection(words(request, "adjustment"))
    shown = adjusting.by_splits(floor(request)) if adjusts else adjusting.as_traded
    return _page(request, partial(past.candles, floor(request), frame, shown=shown), _bar)


def _trades(request: web.Request) -> Page:
    return _page(request, partial(past.prints, floor(request)), _trade)


def _quotes(request: web.Request) -> Page:
    return _page(request, partial(past.prints, floor(request)), _quote)


def _latest_bars(request: web.Request) -> BySymbol:
    found = {symbol: past.latest(floor(request), symbol)[0] for symbol in data_query.latest(request)}
    return {symbol: _bar(one) for symbol, one in found.items() if one is not None}


def _latest_trades(request: web.Request) -> BySymbol:
    return {shown.symbol: _trade(shown) for shown in _shown(request)}


def _latest_quotes(request: web.Request) -> BySymbol:
    return {shown.symbol: _quote(shown) for shown in _shown(request)}


def _snapshots(request: web.Request) -> BySymbol:
    return {shown.symbol: _snapshot(request, shown) for shown in _shown(request)}


def _snapshot(request: web.Request, shown: Print) -> Written:
    minute, days = past.latest(floor(request), shown.symbol)
    today, before = (*map(_bar, days), None, None)[:2]
    return {
        "latestTrade": _trade(shown),
        "latestQuote": _quote(shown),
        "minuteBar": minute and _bar(minute),
        "dailyBar": today,
        "prevDailyBar": before,
    }


def _shown(request: web.Request) -> Iterator[Print]:
    found = map(floor(request).mishaps.shown, data_query.latest(request))
    return (one for one in found if one is not None)


def _page(request: web.Request, series: Callable[[str, int, int], Iterable[T]], write: Callable[[T], Written]) -> Page:
    symbols, span = data_query.known(request), data_query.span(request)
    found = list(islice(_listed(symbols, span, series), span.limit + 1))
    page = found[: span.limit]
    listed: dict[str, list[Written]] = {}
    for one in page:
        listed.setdefault(one.symbol, []).append(write(one))
    return Page(listed, f"{page[-1].symbol}|{page[-1].at}" if len(found) > len(page) else None)


def _listed(symbols: Iterable[str], span: Span, series: Callable[[str, int, int], Iterable[T]]) -> Iterator[T]:
    """List one symbol after the other, behind what was shown already."""
    shown, at = span.after or ("", 0)
    for symbol in symbols:
        start, end = span.start, span.end
        if symbol == shown:
            start, end = (start, min(end, at - 1)) if span.descending else (max(start, at + 1), end)
        if symbol >= shown:
            found = series(symbol, start, end)
            yield from reversed(list(found)) if span.descending else found


def _bar(one: Candle) -> Written:
    return {"t": times.stamp(one.at), **bars.bar(one)}


def _trade(shown: Print) -> Written:
    return {"t": times.stamp(shown.at), **bars.trade(shown)}


def _quote(shown: Print) -> Written:
    return {"t": times.stamp(shown.at), **bars.quote(shown)}
