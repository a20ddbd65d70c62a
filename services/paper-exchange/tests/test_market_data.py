"""Alpaca's own market-data client, unmodified."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.models import Bar, BarSet, Quote, Trade
from alpaca.data.requests import (
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit

if TYPE_CHECKING:
    from .conftest import Server

Wait = Callable[[Callable[[], object]], None]
OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
FIVE = TimeFrame(5, cast("TimeFrameUnit", TimeFrameUnit.Minute))


@pytest.fixture
def data(server: Server) -> Iterator[StockHistoricalDataClient]:
    client = StockHistoricalDataClient("demo", "demo", url_override=server.url)
    yield client
    client._session.close()


def bars(data: StockHistoricalDataClient, frame: TimeFrame, minutes: int) -> list[Bar]:
    """The bars of WAVE in the first minutes of the first day."""
    end = OPEN + timedelta(minutes=minutes)
    request = StockBarsRequest(symbol_or_symbols="WAVE", timeframe=frame, start=OPEN, end=end)
    return cast("BarSet", data.get_stock_bars(request)).data.get("WAVE", [])


def test_the_latest_quote_lies_around_the_latest_trade(data: StockHistoricalDataClient):
    quotes = data.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=["FLAT", "NOPE"]))
    trades = data.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols="FLAT"))
    quote, trade = cast("Quote", quotes["FLAT"]), cast("Trade", trades["FLAT"])
    assert (quote.bid_price, trade.price, quote.ask_price) == (49.99, 50.0, 50.0)
    assert list(quotes) == ["FLAT"]


def test_minutes_that_have_ended_are_history(data: StockHistoricalDataClient, wait: Wait):
    wait(lambda: len(bars(data, cast("TimeFrame", TimeFrame.Minute), 4)) == 4)
    found = bars(data, cast("TimeFrame", TimeFrame.Minute), 4)
    assert [(bar.timestamp, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in found] == [
        (OPEN + timedelta(minutes=minute), price, price + 1, price - 1, price, 4000.0)
        for minute, price in enumerate((100.0, 110.0, 100.0, 110.0))
    ]


def test_minutes_join_to_longer_bars(data: StockHistoricalDataClient, wait: Wait):
    wait(lambda: len(bars(data, FIVE, 10)) == 2 and bars(data, FIVE, 10)[1].volume == 20_000)
    found = bars(data, FIVE, 10)
    assert [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in found] == [
        (100.0, 111.0, 99.0, 100.0, 20_000.0),
        (110.0, 111.0, 99.0, 110.0, 20_000.0),
    ]
    day = bars(data, cast("TimeFrame", TimeFrame.Day), 10)
    assert [(bar.timestamp.isoformat(), bar.open, bar.volume) for bar in day] == [
        ("2013-10-07T04:00:00+00:00", 100.0, 40_000.0)
    ]


def test_long_answers_come_in_pages(data: StockHistoricalDataClient, wait: Wait):
    def page(token: str | None) -> dict[str, object]:
        asked = {"symbols": "FLAT,WAVE", "limit": 3, "end": "2013-10-07T13:32:00Z", "page_token": token}
        return cast("dict[str, object]", data.get("/stocks/bars", asked))

    wait(lambda: len(bars(data, cast("TimeFrame", TimeFrame.Minute), 2)) == 2)
    first = page(None)
    rest = page(cast("str", first["next_page_token"]))
    counts = [
        {symbol: len(found) for symbol, found in cast("dict[str, list[object]]", one["bars"]).items()}
        for one in (first, rest)
    ]
    assert counts == [{"FLAT": 2, "WAVE": 1}, {"WAVE": 1}]
    assert rest["next_page_token"] is None


def test_the_latest_bar_is_the_minute_before(data: StockHistoricalDataClient, wait: Wait):
    request = StockLatestBarRequest(symbol_or_symbols="FLAT")
    wait(lambda: data.get_stock_latest_bar(request))
    assert cast("Bar", data.get_stock_latest_bar(request)["FLAT"]).volume == 400


def test_what_is_not_a_time_frame_is_refused(data: StockHistoricalDataClient):
    with pytest.raises(APIError) as error:
        data.get("/stocks/bars", {"symbols": "FLAT", "timeframe": "1Moon"})
    assert (error.value.status_code, error.value.message) == (400, "invalid timeframe: 1Moon")
