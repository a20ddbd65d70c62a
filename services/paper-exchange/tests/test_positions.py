"""Positions, long and short, and how they are closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
import requests

Call = Callable[..., requests.Response]
Answer = dict[str, object]


def order(call: Call, side: str, qty: str, **more: str) -> Answer:
    body = {"symbol": "FLAT", "side": side, "type": "market", "time_in_force": "day", "qty": qty, **more}
    answer = call("POST", "/v2/orders", json=body)
    assert answer.status_code == 200, answer.text
    return cast("Answer", answer.json())


def position(call: Call) -> Answer:
    return cast("Answer", call("GET", "/v2/positions/FLAT").json())


def some(one: Answer, *names: str) -> Answer:
    return {name: one[name] for name in names}


def test_a_short_position_is_negative_and_is_closed_by_buying(call: Call):
    order(call, "sell", "4")
    shown = some(position(call), "side", "qty", "qty_available", "market_value", "cost_basis", "unrealized_plpc")
    assert shown == {
        "side": "short",
        "qty": "-4",
        "qty_available": "-4",
        "market_value": "-200",
        "cost_basis": "-200",
        "unrealized_plpc": "0",
    }
    closing = call("DELETE", "/v2/positions/FLAT").json()
    assert some(closing, "side", "qty", "position_intent") == {
        "side": "buy",
        "qty": "4",
        "position_intent": "buy_to_close",
    }
    assert call("GET", "/v2/positions").json() == []


def test_an_order_tells_whether_it_opens_or_closes(call: Call):
    intents = [order(call, side, "2")["position_intent"] for side in ("buy", "sell", "sell", "buy")]
    assert intents == ["buy_to_open", "sell_to_close", "sell_to_open", "buy_to_close"]


@pytest.mark.parametrize(
    ("query", "left"),
    [("qty=3", "7"), ("percentage=25", "8"), ("percentage=100", None), ("percentage=0.5", "refused"), ("qty=11", "10")],
)
def test_a_part_of_a_position_is_closed_in_whole_shares(call: Call, query: str, left: str | None):
    order(call, "buy", "10")
    answer = call("DELETE", f"/v2/positions/FLAT?{query}")
    if left is None:
        assert call("GET", "/v2/positions/FLAT").status_code == 404
    else:
        assert position(call)["qty"] == {"refused": "10"}.get(left, left)
    assert answer.status_code == {"refused": 422, "10": 403}.get(left or "", 200)


def test_a_fractional_position_is_closed_to_nine_decimals(call: Call):
    order(call, "buy", "0.3")
    assert call("DELETE", "/v2/positions/FLAT?percentage=33.333333333").json()["qty"] == "0.099999999"
    assert call("DELETE", "/v2/positions/FLAT?qty=0.0000000001").status_code == 422


def test_a_position_that_an_order_holds_is_not_closed_unless_the_order_is_canceled(call: Call):
    order(call, "buy", "5")
    order(call, "sell", "5", type="limit", limit_price="99")
    answer = call("DELETE", "/v2/positions")
    [held] = answer.json()
    assert (answer.status_code, held["symbol"], held["status"]) == (207, "FLAT", 403)
    assert held["body"] == {
        "code": 40310000,
        "message": "insufficient qty available for order (requested: 5, available: 0)",
        "available": "0",
        "existing_qty": "5",
        "held_for_orders": "5",
        "symbol": "FLAT",
    }
    [closed] = call("DELETE", "/v2/positions?cancel_orders=True").json()
    assert some(closed, "symbol", "status") == {"symbol": "FLAT", "status": 200}
    assert closed["body"]["side"] == "sell"
    assert call("GET", "/v2/positions").json() == []


def test_a_position_is_found_by_its_assets_id(call: Call):
    order(call, "buy", "2")
    found = call("GET", f"/v2/positions/{position(call)['asset_id']}").json()
    assert found["symbol"] == "FLAT"
    assert order(call, "buy", "1", symbol=found["asset_id"])["symbol"] == "FLAT"
