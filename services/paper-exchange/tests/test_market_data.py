"""Alpaca's own market-data client, unmodified, on a market that plays and on one that has played."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.models import Bar, BarSet, Quote, QuoteSet, Snapshot, Trade, TradeSet
from alpaca.data.requests import (
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockQuotesRequest,
    StockSnapshotRequest,
    StockTradesRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit

from paper_exchange.plan import Plan

if TYPE_CHECKING:
    from .conftest import Server

Wait = Callable[[Callable[[], object]], None]
Answer = dict[str, object]
OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)


@pytest.fixture
def data(server: Server) -> Iterator[StockHistoricalDataClient]:
    client = StockHistoricalDataClient("demo", "demo", url_override=server.url)
    yield client
    client._session.close()


@pytest.fixture
def past(tmp_path: Path, start: Callable[..., Server], wait: Wait) -> Iterator[StockHistoricalDataClient]:
    """Nine weeks of daily bars that have been played: DAY begins at 100 and rises by a dollar a day."""
    file, day, price = tmp_path / "days.csv", date(2013, 10, 7), 100
    lines = ["date,symbol,open,high,low,close,volume"]
    while day < date(2013, 12, 9):
        if day.weekday() < 5 and day != date(2013, 11, 28):
            lines.append(f"{day},DAY,{price},{price + 2},{price - 1},{price + 1},400")
            price += 1
        day += timedelta(days=1)
    file.write_text("\n".join(lines))
    server = start(exchange_bars=str(file), exchange_speed=1e9, exchange_loop=False)
    client = StockHistoricalDataClient("demo", "demo", url_override=server.url)
    ended = StockBarsRequest(symbol_or_symbols="DAY", timeframe=frame("1Day"), start=datetime(2013, 12, 6, tzinfo=UTC))
    wait(lambda: series(client, ended)[-1:] and series(client, ended)[-1].volume == 400)
    yield client
    client._session.close()


def frame(text: str) -> TimeFrame:
    units = {"Min": TimeFrameUnit.Minute, "Hour": TimeFrameUnit.Hour, "Day": TimeFrameUnit.Day,
             "Week": TimeFrameUnit.Week, "Month": TimeFrameUnit.Month}  # fmt: skip
    return TimeFrame(int(text[0]), cast("TimeFrameUnit", units[text[1:]]))


def series(data: StockHistoricalDataClient, request: StockBarsRequest) -> list[Bar]:
    return next(iter(cast("BarSet", data.get_stock_bars(request)).data.values()), [])


def bars(data: StockHistoricalDataClient, text: str, minutes: int) -> list[Bar]:
    """The bars of WAVE that begin in the first minutes of the first day."""
    end = OPEN + timedelta(minutes=minutes, seconds=-1)
    request = StockBarsRequest(symbol_or_symbols="WAVE", timeframe=frame(text), start=OPEN, end=end)
    return series(data, request)


def test_the_latest_quote_lies_around_the_latest_trade(data: StockHistoricalDataClient):
    quotes = data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=["FLAT", "NOPE"]))
    trades = data.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols="FLAT"))
    quote, trade = cast("Quote", quotes["FLAT"]), cast("Trade", trades["FLAT"])
    assert (quote.bid_price, trade.price, quote.ask_price) == (49.99, 50.0, 50.0)
    assert list(quotes) == ["FLAT"]


def test_minutes_that_have_ended_are_history(data: StockHistoricalDataClient, wait: Wait):
    wait(lambda: len(bars(data, "1Min", 4)) == 4)
    found = bars(data, "1Min", 4)
    assert [(bar.timestamp, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in found] == [
        (OPEN + timedelta(minutes=minute), price, price + 1, price - 1, price, 4000.0)
        for minute, price in enumerate((100.0, 110.0, 100.0, 110.0))
    ]


def test_minutes_join_to_longer_bars(data: StockHistoricalDataClient, wait: Wait):
    wait(lambda: len(bars(data, "5Min", 10)) == 2 and bars(data, "5Min", 10)[1].volume == 20_000)
    found = bars(data, "5Min", 10)
    assert [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in found] == [
        (100.0, 111.0, 99.0, 100.0, 20_000.0),
        (110.0, 111.0, 99.0, 110.0, 20_000.0),
    ]


def test_a_start_and_an_end_are_both_within(data: StockHistoricalDataClient, wait: Wait):
    wait(lambda: len(bars(data, "1Min", 4)) == 4)
    minute = timedelta(minutes=1)
    request = StockBarsRequest(
        symbol_or_symbols="FLAT", timeframe=frame("1Min"), start=OPEN + minute, end=OPEN + 3 * minute
    )
    assert [bar.timestamp for bar in series(data, request)] == [OPEN + n * minute for n in (1, 2, 3)]


def test_trades_and_quotes_of_the_past_are_the_prints_of_the_minutes(data: StockHistoricalDataClient, wait: Wait):
    wait(lambda: len(bars(data, "1Min", 1)) == 1)
    end = OPEN + timedelta(seconds=45)
    asked = StockTradesRequest(symbol_or_symbols="WAVE", start=OPEN, end=end)
    trades = cast("TradeSet", data.get_stock_trades(asked)).data["WAVE"]
    quotes = cast("QuoteSet", data.get_stock_quotes(StockQuotesRequest(**asked.__dict__))).data["WAVE"]
    times = [OPEN + timedelta(seconds=seconds) for seconds in (0, 15, 30, 45)]
    assert [(one.timestamp, one.price) for one in trades] == list(zip(times, (100, 99, 101, 100), strict=True))
    assert [one.timestamp for one in quotes] == times
    assert all(quote.bid_price <= trade.price <= quote.ask_price for trade, quote in zip(trades, quotes, strict=True))


def test_nothing_is_told_that_market_time_has_not_reached(data: StockHistoricalDataClient):
    def told(path: str, **asked: str) -> list[dict[str, str]]:
        span = {"symbols": "FLAT,WAVE", "start": "2013-10-01", "end": "2099-01-01", "limit": "10000"}
        answer = cast("Answer", data.get(f"/stocks/{path}", {**span, **asked}))
        return [one for found in cast("dict[str, list[dict[str, str]]]", answer[path]).values() for one in found]

    for _ in range(20):
        minutes, prints = told("bars"), told("trades") + told("quotes")
        clock = datetime.fromisoformat(re.sub(r"\.\d+", "", str(cast("Answer", data.get("/clock"))["timestamp"])))
        assert all(datetime.fromisoformat(bar["t"]) + timedelta(minutes=1) <= clock for bar in minutes)
        assert all(datetime.fromisoformat(one["t"]) <= clock for one in prints)
        assert prints
    assert told("bars", start="2098-01-01") == []


@pytest.mark.parametrize(("sort", "expected"), [("asc", [2, 1, 1]), ("desc", [2, 1, 1])])
def test_long_answers_come_in_pages(data: StockHistoricalDataClient, sort: str, expected: list[int], wait: Wait):
    wait(lambda: len(bars(data, "1Min", 2)) == 2)
    asked = {"symbols": "WAVE,FLAT", "limit": 3, "start": "2013-10-07", "end": "2013-10-07T13:31:00Z", "sort": sort}
    pages = list[dict[str, list[dict[str, str]]]]()
    token: str | None = ""
    while token is not None:
        answer = cast("Answer", data.get("/stocks/bars", {**asked, "page_token": token}))
        pages.append(cast("dict[str, list[dict[str, str]]]", answer["bars"]))
        token = cast("str | None", answer["next_page_token"])
    assert [(symbol, len(found)) for page in pages for symbol, found in page.items()] == list(
        zip(("FLAT", "WAVE", "WAVE"), expected, strict=True)
    )
    times = [bar["t"] for page in pages for found in page.values() for bar in found]
    assert times[:2] == times[2:] == sorted(times[:2], reverse=sort == "desc")


def test_daily_bars_come_back_as_they_were_recorded(past: StockHistoricalDataClient):
    request = StockBarsRequest(
        symbol_or_symbols="DAY", timeframe=frame("1Day"), start=datetime(2013, 10, 7, tzinfo=UTC)
    )
    found = series(past, request)
    assert [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in found] == [
        (price, price + 2, price - 1, price + 1, 400) for price in range(100, 100 + 44)
    ]
    assert [found[day].timestamp.isoformat() for day in (0, 20)] == [
        "2013-10-07T04:00:00+00:00",
        "2013-11-04T05:00:00+00:00",  # in winter New York's midnight is an hour later
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1Week", [("2013-10-07", 100, 105, 2000), ("2013-10-14", 105, 110, 2000)]),
        ("1Month", [("2013-11-01", 119, 139, 8000), ("2013-12-01", 139, 144, 2000)]),
        ("3Month", []),
    ],
)
def test_weeks_and_months_begin_where_the_calendar_does(
    past: StockHistoricalDataClient, text: str, expected: list[tuple[str, int, int, int]]
):
    request = StockBarsRequest(
        symbol_or_symbols="DAY", timeframe=frame(text), start=datetime(2013, 10, 7, 4, tzinfo=UTC), limit=2
    )
    assert [
        (bar.timestamp.date().isoformat(), bar.open, bar.close, bar.volume) for bar in series(past, request)
    ] == expected


def test_a_snapshot_holds_the_latest_of_everything(past: StockHistoricalDataClient):
    request = StockSnapshotRequest(symbol_or_symbols=["DAY", "NOPE"])
    found = cast("dict[str, Snapshot]", past.get_stock_snapshot(request))
    one = found["DAY"]
    assert list(found) == ["DAY"]
    assert (one.latest_trade and one.latest_trade.price, one.latest_quote and one.latest_quote.ask_price) == (
        144,
        144.01,
    )
    assert one.minute_bar
    assert (one.minute_bar.close, one.minute_bar.timestamp.isoformat()) == (144, "2013-12-06T17:59:00+00:00")
    days = (one.daily_bar, one.previous_daily_bar)
    assert [day and (day.open, day.close, day.volume) for day in days] == [(143, 144, 400), (142, 143, 400)]


def test_the_latest_bar_is_the_minute_before(data: StockHistoricalDataClient, wait: Wait):
    request = StockLatestBarRequest(symbol_or_symbols="FLAT")
    wait(lambda: data.get_stock_latest_bar(request))
    assert cast("Bar", data.get_stock_latest_bar(request)["FLAT"]).volume == 400


@pytest.mark.parametrize(
    ("path", "asked", "message"),
    [
        ("/stocks/bars", {"timeframe": "1Moon"}, "invalid timeframe: 1Moon"),
        ("/stocks/bars", {"timeframe": "60Min"}, "invalid timeframe: 60Min"),
        ("/stocks/bars", {"timeframe": "2Day"}, "invalid timeframe: 2Day"),
        ("/stocks/bars", {"start": "yesterday"}, "invalid start: yesterday"),
        ("/stocks/bars", {"limit": "10001"}, "invalid limit: 10001, expected a number from 1 to 10000"),
        ("/stocks/trades", {"page_token": "nonsense"}, "invalid page_token: nonsense"),
        ("/stocks/quotes", {"feed": "pigeon"}, "invalid feed: pigeon"),
        ("/stocks/bars", {"adjustment": "split,none"}, "invalid adjustment: split,none"),
        ("/stocks/bars", {"sort": "up"}, "invalid sort: up"),
        ("/stocks/quotes/latest", {"symbols": "FLAT,fl$t"}, "invalid symbol: fl$t"),
        ("/stocks/snapshots", {"symbols": ""}, "symbols is required"),
        ("/stocks/trades/latest", {"currency": "EUR"}, "invalid currency: EUR"),
    ],
)
def test_what_makes_no_sense_is_refused(
    data: StockHistoricalDataClient, path: str, asked: dict[str, str], message: str
):
    with pytest.raises(APIError) as error:
        data.get(path, {"symbols": "FLAT", **asked})
    assert (error.value.status_code, error.value.message) == (400, message)


def test_recent_sip_data_needs_its_subscription(data: StockHistoricalDataClient, start: Callable[..., Server]):
    def ask(client: StockHistoricalDataClient, **more: str) -> object:
        return client.get("/stocks/bars", {"symbols": "FLAT", "feed": "sip", **more})

    for path in ("/stocks/bars", "/stocks/quotes/latest", "/stocks/snapshots"):
        with pytest.raises(APIError, match="subscription does not permit querying recent SIP data") as error:
            data.get(path, {"symbols": "FLAT", "feed": "sip"})
        assert (error.value.status_code, error.value.code) == (403, 40310000)
    assert ask(data, end="2013-10-04")
    with pytest.raises(APIError, match="subscription does not permit querying boats data"):
        ask(data, feed="boats")
    paid = StockHistoricalDataClient("demo", "demo", url_override=start(exchange_feed=Plan.SIP).url)
    assert ask(paid)
    paid._session.close()
