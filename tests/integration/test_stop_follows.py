"""A stop that follows, from the limits to the exchange: raised in its place, over the wire that Alpaca speaks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

# What trails two per cent behind the entry itself wants the stop near it at once.
SETTINGS = "TRADE_MODE=auto\nSYMBOLS=SPY\nDEFAULT_QUANTITY=3\nTRAIL_PCT=0.02\nRATCHET=0.01\n"
LOWEST = Decimal("0.98") * Decimal("0.99") - Decimal("0.001")
Json = dict[str, Any]
SIGNAL = {"symbol": "SPY", "action": "BUY", "confidence": 0.9}


def test_the_stop_of_a_position_is_raised_behind_what_trails(stack: Stack):
    (stack.folder / ".env").write_text(SETTINGS)
    stack.start()
    stack.wait_ready()
    verdict = until("an approval", lambda: approved(stack), 90)
    raised = until("a stop that was raised", lambda: risen(stack, verdict["approval_id"]), 90)
    assert sum(Decimal(order["qty"]) for order in raised) == Decimal(verdict["qty"])
    told = until("its story", lambda: wishes(stack, raised[0]["client_order_id"]))
    assert "(behind trailed)" in told[0]


def approved(stack: Stack) -> Json:
    """Send the signal as often as it takes until the market is open and the account known."""
    verdict: Json | None = stack.ask("POST", "/signals", SIGNAL).json().get("verdict")
    return verdict if verdict and "approval_id" in verdict else {}


def risen(stack: Stack, name: str) -> list[Json]:
    """List the stops that rest for an entry, once they are where they ought to be."""
    entry: Json = stack.ask("GET", f"/orders/{name}").json()
    if entry.get("status") != "filled":
        return []
    orders: list[Json] = stack.ask("GET", "/orders?status=open").json()["orders"]
    stops = [order for order in orders if order["purpose"] == "protect" and order["stop_price"]]
    lowest = Decimal(entry["filled_avg_price"]) * LOWEST
    return stops if stops and all(Decimal(order["stop_price"]) >= lowest for order in stops) else []


def wishes(stack: Stack, name: str) -> list[str]:
    answer = stack.ask("GET", f"/orders/{name}/why")
    steps: list[Json] = answer.json()["steps"] if answer.is_success else []
    return [step["text"] for step in steps if step["text"].startswith("raise the stop")]
