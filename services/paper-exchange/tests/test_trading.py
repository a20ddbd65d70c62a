"""Alpaca's own trading client, unmodified, against the exchange."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast
from uuid import UUID

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderClass, OrderSide, QueryOrderStatus, TimeInForce
from alpaca.trading.models import Order, Position, TradeAccount
from alpaca.trading.requests import (
    ClosePositionRequest,
    GetOrderByIdRequest,
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    OrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
)

Wait = Callable[[Callable[[], object]], None]
T = TypeVar("T")


def a(kind: type[T], value: object) -> T:
    """The value, when the client has made what it should of the answer."""
    assert isinstance(value, kind)
    return value


def some(kind: type[T], values: object) -> list[T]:
    return [a(kind, value) for value in a(list, values)]


def order(client: TradingClient, asked: Order) -> Order:
    return a(Order, client.get_order_by_id(asked.id, GetOrderByIdRequest(nested=True)))


def send(client: TradingClient, request: OrderRequest) -> Order:
    return a(Order, client.submit_order(request))


def buy(client: TradingClient, qty: float, symbol: str = "WAVE", name: str | None = None) -> Order:
    return send(
        client,
        MarketOrderRequest(
            symbol=symbol, qty=qty, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, client_order_id=name
        ),
    )


def bracket(client: TradingClient, qty: int, profit: float, loss: float) -> Order:
    return send(
        client,
        MarketOrderRequest(
            symbol="WAVE",
            qty=qty,
            side=OrderSide.BUY,
            time_in_force=TimeInForce.GTC,
            order_class=OrderClass.BRACKET,
            take_profit=TakeProfitRequest(limit_price=profit),
            stop_loss=StopLossRequest(stop_price=loss),
        ),
    )


def statuses(client: TradingClient, asked: Order) -> list[str]:
    """The status of the order and of its legs."""
    now = order(client, asked)
    return [str(one.status.value) for one in (now, *(now.legs or []))]


def refusal(action: Callable[[], object]) -> tuple[int, int, str]:
    with pytest.raises(APIError) as error:
        action()
    return cast("tuple[int, int, str]", (error.value.status_code, error.value.code, error.value.message))


def test_a_new_account_holds_its_cash_and_buys_four_times_as_much(client: TradingClient):
    account = a(TradeAccount, client.get_account())
    assert (account.cash, account.equity, account.buying_power) == ("100000", "100000", "400000")
    assert client.get_all_positions() == []


def test_a_market_order_is_filled_inside_the_range_of_the_bar(client: TradingClient):
    asked = buy(client, 10)
    assert asked.status.value == "pending_new"
    filled = order(client, asked)
    assert (filled.status.value, filled.filled_qty) == ("filled", "10")
    price = float(filled.filled_avg_price or 0)
    assert 99 <= price <= 101 or 109 <= price <= 111
    position = a(Position, client.get_open_position("WAVE"))
    assert (position.qty, position.avg_entry_price) == ("10", filled.filled_avg_price)


def test_a_limit_waits_until_the_market_comes_to_it(client: TradingClient, wait: Wait):
    request = LimitOrderRequest(
        symbol="WAVE", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=99.5
    )
    asked = send(client, request)
    wait(lambda: statuses(client, asked) == ["filled"])
    assert float(order(client, asked).filled_avg_price or 0) <= 99.5


def test_a_bracket_takes_its_profit_and_cancels_its_stop(client: TradingClient, wait: Wait):
    asked = bracket(client, 2, 150, 50)
    assert [leg.status.value for leg in asked.legs or []] == ["held", "held"]
    assert statuses(client, asked) == ["filled", "new", "held"]
    done = bracket(client, 2, 112, 50)
    client.cancel_order_by_id((asked.legs or [])[0].id)
    assert statuses(client, asked) == ["filled", "canceled", "canceled"]
    client.cancel_order_by_id((done.legs or [])[1].id)
    assert statuses(client, done) == ["filled", "canceled", "canceled"]
    wait(lambda: a(Position, client.get_open_position("WAVE")).qty_available == "4")


def test_an_oco_on_a_position_takes_profit_and_cancels_its_stop(client: TradingClient, wait: Wait):
    buy(client, 3)
    oco = LimitOrderRequest(
        symbol="WAVE",
        qty=3,
        side=OrderSide.SELL,
        time_in_force=TimeInForce.GTC,
        order_class=OrderClass.OCO,
        take_profit=TakeProfitRequest(limit_price=110.5),
        stop_loss=StopLossRequest(stop_price=60),
    )
    asked = send(client, oco)
    assert [leg.status.value for leg in asked.legs or []] == ["held"]
    wait(lambda: statuses(client, asked) == ["filled", "canceled"])
    assert client.get_all_positions() == []


def test_a_stop_sells_when_the_market_falls_to_it(client: TradingClient, wait: Wait):
    buy(client, 2)
    request = StopOrderRequest(
        symbol="WAVE", qty=2, side=OrderSide.SELL, time_in_force=TimeInForce.GTC, stop_price=99.5
    )
    asked = send(client, request)
    wait(lambda: statuses(client, asked) == ["filled"])
    assert client.get_all_positions() == []


def test_a_stop_limit_is_taken_in(client: TradingClient):
    buy(client, 2)
    request = StopLimitOrderRequest(
        symbol="WAVE", qty=2, side=OrderSide.SELL, time_in_force=TimeInForce.DAY, stop_price=60, limit_price=59
    )
    assert statuses(client, send(client, request)) == ["new"]


def test_fractions_and_dollars_buy_parts_of_shares(client: TradingClient):
    assert order(client, buy(client, 0.25, "FLAT")).filled_qty == "0.25"
    request = MarketOrderRequest(symbol="FLAT", notional=25, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)
    filled = order(client, send(client, request))
    assert (filled.qty, filled.notional, filled.filled_qty) == (None, "25", "0.5")
    client.close_position("FLAT")
    assert client.get_all_positions() == []


def test_an_open_order_can_be_canceled_and_a_filled_one_cannot(client: TradingClient):
    request = LimitOrderRequest(symbol="FLAT", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=1)
    asked, filled = send(client, request), buy(client, 1, "FLAT")
    client.cancel_order_by_id(asked.id)
    assert statuses(client, asked) == ["canceled"]
    expected = (422, 42210000, 'order is already in "filled" state')
    assert refusal(lambda: client.cancel_order_by_id(filled.id)) == expected


def test_a_client_order_id_names_one_order_for_ever(client: TradingClient):
    asked = buy(client, 1, name="one/and only")
    assert a(Order, client.get_order_by_client_id("one/and only")).id == asked.id
    expected = (422, 40010001, "client_order_id must be unique")
    assert refusal(lambda: buy(client, 1, name="one/and only")) == expected


def test_a_position_is_closed_in_part_and_whole(client: TradingClient):
    buy(client, 10, "FLAT")
    client.close_position("FLAT", ClosePositionRequest(qty="3"))
    client.close_position("FLAT", ClosePositionRequest(percentage="50"))
    assert a(Position, client.get_open_position("FLAT")).qty == "4"
    client.close_all_positions(cancel_orders=True)
    assert refusal(lambda: client.get_open_position("FLAT")) == (404, 40410000, "position does not exist")


def test_more_than_is_held_is_not_sold(client: TradingClient):
    buy(client, 1, "FLAT")
    request = MarketOrderRequest(symbol="FLAT", qty=2, side=OrderSide.SELL, time_in_force=TimeInForce.DAY)
    text = "insufficient qty available for order (requested: 2, available: 1)"
    assert refusal(lambda: send(client, request)) == (403, 40310000, text)


def test_orders_are_listed_as_asked_for(client: TradingClient):
    first, second = buy(client, 1, "FLAT"), bracket(client, 2, 150, 50)
    legs = [leg.id for leg in second.legs or []]

    def ids(**asked: object) -> list[UUID]:
        return [one.id for one in some(Order, client.get_orders(GetOrdersRequest(**asked)))]  # pyright: ignore[reportArgumentType] - any filter

    assert ids() == [legs[0]]
    assert ids(status=QueryOrderStatus.CLOSED) == [second.id, first.id]
    assert set(ids(status=QueryOrderStatus.ALL)) == {first.id, second.id, *legs}
    assert ids(status=QueryOrderStatus.ALL, nested=True, direction="asc") == [first.id, second.id]
    assert ids(status=QueryOrderStatus.ALL, symbols=["FLAT"]) == [first.id]
    assert ids(status=QueryOrderStatus.ALL, side=OrderSide.BUY, limit=1) == [second.id]
    assert ids(status=QueryOrderStatus.ALL, until=second.submitted_at) == [first.id]


def test_all_orders_are_canceled_at_once(client: TradingClient):
    bracket(client, 2, 150, 50)
    assert [one.status for one in a(list, client.cancel_orders())] == [200, 200]
    assert client.get_orders() == []


def test_executions_are_listed_as_activities(client: TradingClient):
    first, second = buy(client, 1, "FLAT"), buy(client, 2, "FLAT")
    newest = a(list, client.get("/account/activities/FILL", {"page_size": 1}))
    assert [one["order_id"] for one in newest] == [str(second.id)]
    rest = client.get("/account/activities/FILL", {"page_token": newest[0]["id"]})
    assert [one["order_id"] for one in a(list, rest)] == [str(first.id)]
