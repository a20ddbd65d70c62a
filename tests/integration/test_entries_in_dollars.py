"""A signal of a batch, from the door to the broker: its part of the buying power, protected where it says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

SETTINGS = "TRADE_MODE=auto\nSYMBOLS=SPY\nSIZING=equal_allocation\nFRACTIONAL=true\n"
Json = dict[str, Any]
SIGNAL = {
    "symbol": "SPY", "action": "BUY", "confidence": 0.9, "stop_loss": "50.005", "take_profit": "999", "batch": "open",
    "batch_size": 99,
}  # fmt: skip


def test_a_batch_spends_its_parts_to_the_cent_and_the_signal_says_where_it_ends(stack: Stack):
    (stack.folder / ".env").write_text(SETTINGS)
    stack.start()
    stack.wait_ready()
    verdict = until("an approval", lambda: approved(stack))
    spent = Decimal(verdict["notional"])
    power = Decimal(stack.ask("GET", "/account/balances").json()["buying_power"])
    assert spent == spent.quantize(Decimal("0.01"))
    assert 0 <= power / 99 - spent < Decimal("0.01") + spent / 99  # what it spent is gone from the power already

    done = until("the entry is filled", lambda: filled(stack, verdict["approval_id"]))
    assert (Decimal(done["notional"]), done["qty"]) == (spent, done["filled_qty"])
    cost = Decimal(done["filled_qty"]) * Decimal(done["filled_avg_price"])
    assert 0 <= spent - cost < Decimal("0.01")

    held = until("every share is protected", lambda: protected(stack, Decimal(done["filled_qty"])))
    assert {(order["stop_price"], order["limit_price"]) for order in held} <= {("50.01", None), (None, "999.00")}


def approved(stack: Stack) -> Json:
    """Send the signal as often as it takes until the market is open and the account known."""
    verdict: Json | None = stack.ask("POST", "/signals", SIGNAL).json().get("verdict")
    return verdict if verdict and "approval_id" in verdict else {}


def filled(stack: Stack, name: str) -> Json:
    found: Json = stack.ask("GET", f"/orders/{name}").json()
    return found if found.get("status") == "filled" else {}


def protected(stack: Stack, qty: Decimal) -> list[Json]:
    orders: list[Json] = stack.ask("GET", "/orders?status=open").json()["orders"]
    stops = [order for order in orders if order["purpose"] == "protect" and order["stop_price"]]
    return orders if sum(Decimal(order["qty"]) for order in stops) == qty else []
