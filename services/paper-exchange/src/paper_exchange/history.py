"""Market data REST: bars, trades and quotes of the past, and the latest of everything."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TypeAlias, TypeVar

from aiohttp import web

from exchange.fills import Print
from paper_exchange import bars, data_query, past, timeframes, times
from paper_exchange.bars import Candle
from paper_exchange.data_query import Span
from paper_exchange.http import answer, floor

T = TypeVar("T", Candle, Print)
Written: TypeAlias = dict[str, object]


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/stocks/bars", _bars),
        web.get("/v2/stocks/trades", _trades),
        web.get("/v2/stocks/quotes", _quotes),
        web.get("/v2/stocks/bars/latest", _latest_bars),
        web.get("/v2/stocks/trades/latest", _latest_trades),
        web.get("/v2/stocks/quotes/latest", _latest_quotes),
        web.get("/v2/stocks/snapshots", _snapshots),
    ]


async def _bars(request: web.Request) -> web.StreamResponse:
    text = request.query.get("timeframe", "1Min")
    frame = timeframes.parse(text)
    if frame is None:
        raise data_query.invalid(f"invalid timeframe: {text[:20]}")
    return _page(request, "bars", partial(past.candles, floor(request), frame), _bar)


async def _trades(request: web.Request) -> web.StreamResponse:
    return _page(request, "trades", partial(past.prints, floor(request)), _trade)


async def _quotes(request: web.Request) -> web.StreamResponse:
    return _page(request, "quotes", partial(past.prints, floor(request)), _quote)


async def _latest_bars(request: web.Request) -> web.StreamResponse:
    found = {symbol: past.latest(floor(request), symbol)[0] for symbol in data_query.latest(request)}
    return answer({"bars": {symbol: _bar(one) for symbol, one in found.items() if one is not None}})


async def _latest_trades(request: web.Request) -> web.StreamResponse:
    return answer({"trades": {shown.symbol: _trade(shown) for shown in _shown(request)}})


async def _latest_quotes(request: web.Request) -> web.StreamResponse:
    return answer({"quotes": {shown.symbol: _quote(shown) for shown in _shown(request)}})


async def _snapshots(request: web.Request) -> web.StreamResponse:
    return answer({shown.symbol: _snapshot(request, shown) for shown in _shown(request)})


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


def _page(
    request: web.Request,
    name: str,
    series: Callable[[str, int, int], Iterable[T]],
    write: Callable[[T], Written],
) -> web.StreamResponse:
    symbols, span = data_query.known(request), data_query.span(request)
    found = list(islice(_listed(symbols, span, series), span.limit + 1))
    page = found[: span.limit]
    shown: dict[str, list[Written]] = {}
    for one in page:
        shown.setdefault(one.symbol, []).append(write(one))
    token = f"{page[-1].symbol}|{page[-1].at}" if len(found) > len(page) else None
    return answer({name: shown, "next_page_token": token})


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
