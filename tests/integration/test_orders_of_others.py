"""An order that a person places at the broker takes its place in the gate's limits, until it is taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pytest
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.models import Order
from alpaca.trading.requests import LimitOrderRequest

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

SETTINGS = "SYMBOLS=SPY\nEXCHANGE_SPEED=60\nMAX_POSITION_PCT=1\nRISK_MAX_OPEN_ORDERS=1\nRECONCILE_SECONDS=2\n"
Check = dict[str, Any]


def check(stack: Stack, name: str) -> Check:
    """Ask what a rule would say of a share of SPY; nothing until price, account and asset are known."""
    verdict: Check | None = stack.ask("GET", "/risk/preview?symbol=SPY&qty=1").json().get("verdict")
    found: list[Check] = verdict["checks"] if verdict else []
    nothing: Check = {}
    return next((one for one in found if one["rule"] == name and one["value"] != "unknown"), nothing)


def test_a_person_s_order_to_buy_takes_the_last_open_order_and_its_dollars(stack: Stack):
    (stack.folder / ".env").write_text(SETTINGS)
    stack.start()
    stack.wait_ready()
    until("nothing is in the way", lambda: check(stack, "open_orders").get("passed"))
    free = Decimal(until("the account is known", lambda: check(stack, "buying_power"))["limit"])

    broker = TradingClient("paper", "paper", url_override=stack.exchange_url)
    request = LimitOrderRequest(symbol="SPY", qty=3, side=OrderSide.BUY, time_in_force=TimeInForce.GTC, limit_price=10)
    order = cast("Order", broker.submit_order(request))
    until("the order counts", lambda: check(stack, "open_orders").get("passed") is False)
    assert Decimal(check(stack, "buying_power")["limit"]) <= free - 30

    broker.cancel_order_by_id(order.id)
    until("the order is released", lambda: check(stack, "open_orders").get("passed"))
    assert until("its dollars are", lambda: Decimal(check(stack, "buying_power")["limit"]) == free)
