"""A trade at a price of one's own: what it sets off, who hears of it, and that it is remembered."""

# alpaca-py's types are partial.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import pytest
import requests
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.models import Trade
from alpaca.data.requests import StockLatestTradeRequest
from alpaca.trading.enums import OrderSide, OrderStatus, TimeInForce
from alpaca.trading.models import Order
from alpaca.trading.requests import MarketOrderRequest, StopOrderRequest

if TYPE_CHECKING:
    from .conftest import Server

Start = Callable[..., "Server"]
KEYS = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
SLOW = {"exchange_speed": 1.0}  # a beat every fifteen seconds: no recorded print comes in between
BUY = MarketOrderRequest(symbol="FLAT", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)
STOP = StopOrderRequest(symbol="FLAT", qty=1, side=OrderSide.SELL, time_in_force=TimeInForce.DAY, stop_price=45)


def simulate(server: Server, **asked: str) -> requests.Response:
    return requests.post(f"{server.url}/exchange/simulate", params=asked, headers=KEYS, timeout=5)


def latest(server: Server) -> float:
    data = StockHistoricalDataClient("demo", "demo", url_override=server.url)
    found = cast("dict[str, Trade]", data.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols="FLAT")))
    data._session.close()
    return found["FLAT"].price


def test_a_stop_is_set_off_by_a_simulated_price_and_fills_at_its_quote(start: Start):
    server = start(**SLOW)
    client = server.client("demo")
    client.submit_order(BUY)
    stop = cast("Order", client.submit_order(STOP))
    assert simulate(server, symbol="FLAT", price="45.5").status_code == 200
    assert cast("Order", client.get_order_by_id(stop.id)).status is OrderStatus.NEW
    assert simulate(server, symbol="FLAT", price="44").json()["price"] == "44"
    sold = cast("Order", client.get_order_by_id(stop.id))
    assert (sold.status, sold.filled_avg_price) == (OrderStatus.FILLED, "44")
    client._session.close()


def test_a_simulated_trade_is_remembered(start: Start):
    first = start(**SLOW)
    simulate(first, symbol="FLAT", price="44")
    first.stop()
    again = start(**SLOW)
    # The recording has gone on by one print at most, which is of the same minute.
    trades = requests.get(f"{again.url}/v2/stocks/trades", {"symbols": "FLAT"}, headers=KEYS, timeout=5).json()
    assert 44 in [trade["p"] for trade in trades["trades"]["FLAT"]]


def test_the_bar_of_its_minute_holds_a_simulated_trade(server: Server, wait: Callable[[Callable[[], object]], None]):
    def lows() -> list[float]:
        asked = {"symbols": "FLAT", "limit": "10000"}
        found = requests.get(f"{server.url}/v2/stocks/bars", asked, headers=KEYS, timeout=5).json()
        return [bar["l"] for bar in found["bars"].get("FLAT", [])]

    assert simulate(server, symbol="FLAT", price="44").status_code == 200
    wait(lambda: 44 in lows())
    wait(lambda: latest(server) == 50)


@pytest.mark.parametrize(
    ("symbol", "price", "status"),
    [("NOPE", "1", 404), ("", "1", 404), ("FLAT", "", 422), ("FLAT", "-1", 422), ("FLAT", "NaN", 422),
     ("FLAT", "1e9", 422), ("FLAT", "1.00001", 422)],
)  # fmt: skip
def test_what_is_no_symbol_or_no_price_is_refused(server: Server, symbol: str, price: str, status: int):
    assert simulate(server, symbol=symbol, price=price).status_code == status
