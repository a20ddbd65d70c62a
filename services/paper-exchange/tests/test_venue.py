"""How the venue treats orders, as its settings say: latency, slippage, parts, chance."""

# alpaca-py's types are partial.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, OrderStatus, TimeInForce
from alpaca.trading.models import Clock, Order
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest

from paper_exchange.tape import QUARTER, Hours

if TYPE_CHECKING:
    from .conftest import Server

Wait = Callable[[Callable[[], object]], None]
Start = Callable[..., "Server"]
SLOW = {"exchange_speed": 1.0}  # a beat every fifteen seconds: what happens sooner is not the market's doing
BUY = MarketOrderRequest(symbol="FLAT", qty=100, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)
REST = LimitOrderRequest(
    symbol="FLAT", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=40
)  # far below the market


def bought(client: TradingClient, wait: Wait) -> Order:
    order = cast("Order", client.submit_order(BUY))
    wait(lambda: status(client, order) is OrderStatus.FILLED)
    return cast("Order", client.get_order_by_id(order.id))


def status(client: TradingClient, order: Order) -> OrderStatus:
    return cast("Order", client.get_order_by_id(order.id)).status


def test_before_the_open_only_orders_for_extended_hours_trade(start: Start):
    client = start(**SLOW, exchange_bars="", exchange_hours=Hours.EXTENDED).client("demo")
    asked = LimitOrderRequest(
        symbol="SPY", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=170, extended_hours=True
    )
    early = cast("Order", client.submit_order(asked))
    late = cast("Order", client.submit_order(asked.model_copy(update={"extended_hours": False})))
    clock = cast("Clock", client.get_clock())
    assert (clock.timestamp.hour, clock.is_open, clock.next_open.hour) == (4, False, 9)
    assert (status(client, early), status(client, late)) == (OrderStatus.FILLED, OrderStatus.ACCEPTED)
    client._session.close()


def test_with_latency_an_order_and_its_cancel_take_effect_later_but_before_the_next_beat(start: Start, wait: Wait):
    server = start(**SLOW, exchange_latency_ms=300)
    client = server.client("demo")
    order = cast("Order", client.submit_order(REST))
    assert (order.status, status(client, order)) == (OrderStatus.PENDING_NEW, OrderStatus.PENDING_NEW)
    wait(lambda: status(client, order) is OrderStatus.NEW)
    client.cancel_order_by_id(order.id)
    assert status(client, order) is OrderStatus.PENDING_CANCEL
    wait(lambda: status(client, order) is OrderStatus.CANCELED)
    done = cast("Order", client.get_order_by_id(order.id))
    assert done.canceled_at
    assert (done.canceled_at - done.created_at).total_seconds() < QUARTER / 10**9
    client._session.close()


def test_what_was_under_way_at_the_end_happens_after_a_restart(start: Start, wait: Wait):
    first = start(exchange_latency_ms=3000)
    client = first.client("demo")
    order = cast("Order", client.submit_order(REST))
    client._session.close()
    first.stop()
    again = start(exchange_latency_ms=3000).client("demo")
    assert status(again, order) is OrderStatus.PENDING_NEW
    wait(lambda: status(again, order) is OrderStatus.NEW)
    again._session.close()


@pytest.mark.parametrize(("points", "expected"), [(0, 100.01), (50, 100.51), (1000, 101)])
def test_slippage_makes_the_quote_dearer_within_the_range_of_its_bar(start: Start, points: float, expected: float):
    client = start(**SLOW, exchange_slippage_bps=points).client("demo")
    order = cast("Order", client.submit_order(BUY.model_copy(update={"symbol": "WAVE"})))
    filled = cast("Order", client.get_order_by_id(order.id))
    assert float(filled.filled_avg_price or 0) == pytest.approx(expected, abs=0.001)
    client._session.close()


def test_a_part_of_the_fills_comes_in_parts(start: Start, wait: Wait):
    server = start(exchange_partial_fill_share=1)
    client = server.client("demo")
    order = bought(client, wait)
    fills = cast("list[dict[str, str]]", client.get("/account/activities/FILL"))
    assert sum(float(fill["qty"]) for fill in fills) == float(order.filled_qty or 0) == 100
    assert len(fills) > 1
    client._session.close()


def test_the_same_seed_gives_the_same_ids(start: Start, tmp_path: Path):
    def first_order(folder: str, seed: str) -> str:
        client = start(exchange_state=str(tmp_path / folder), exchange_seed=seed).client("demo")
        order = cast("Order", client.submit_order(BUY))
        client._session.close()
        return str(order.id)

    ids = [first_order(folder, seed) for folder, seed in (("a", "7"), ("b", "7"), ("c", "8"), ("d", ""), ("e", ""))]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
