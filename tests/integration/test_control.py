"""Previews, halts, resumes and the gate's switch on a whole stack: the real gate answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psutil
import pytest

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

Json = dict[str, Any]


def preview(stack: Stack, query: str = "symbol=SPY&qty=2") -> Json:
    return stack.ask("GET", f"/risk/preview?{query}").json()


def blocked_by(stack: Stack) -> list[str]:
    return [check["rule"] for check in preview(stack)["blocked_by"]]


def approved(stack: Stack) -> Json:
    """Preview a small buy; give nothing while the gate does not know price, account and asset yet."""
    told = preview(stack)
    return told if told.get("verdict") and not told["blocked_by"] else {}


def test_what_would_be_is_told_by_the_gate_and_nothing_follows_and_what_stops_it_is_named_and_ended(stack: Stack):
    (stack.folder / ".env").write_text("SYMBOLS=SPY\nEXCHANGE_SPEED=60\nMAX_POSITION_PCT=1\n")
    stack.start()
    stack.wait_ready()
    told = until("a preview that nothing blocks", lambda: approved(stack), 90)
    assert told["would"].startswith("buy 2 SPY at about ")
    assert {"halt", "locked", "gate", "buying_power"} <= {check["rule"] for check in told["verdict"]["checks"]}

    bracket = stack.ask("GET", "/bracket/preview?symbol=SPY&qty=2&price=100&stop_pct=0.05&tp_pct=0.2").json()
    assert [Decimal(bracket[name]) for name in ("stop_price", "target_price", "at_risk", "reward")] == [95, 120, 10, 40]

    dry = stack.ask("POST", "/trade/dryrun", {"symbol": "SPY", "side": "buy", "qty": "2"}).json()
    assert (dry["simulated"], dry["outcome"]) == (True, "filled")

    signals = [{"symbol": symbol, "action": "BUY", "confidence": 0.9, "source": "ws"} for symbol in ("SPY", "IBM")]
    both = stack.ask("POST", "/api/v1/signals/preview", signals)
    assert [one["signal"]["symbol"] for one in both.json()["previews"]] == ["SPY", "IBM"]

    stack.ask("POST", "/halt", {"symbol": "SPY", "why": "smoke"})
    assert blocked_by(stack) == ["halt"]
    psutil.Process(stack.pids()["risk"]).kill()
    until("risk runs again", lambda: stack.output.read_text().count("risk ready") == 2)
    assert blocked_by(stack) == ["halt"]
    stack.ask("POST", "/risk/deactivate", {"confirm": "deactivate", "why": "odd prices"})
    assert blocked_by(stack) == ["gate", "halt"]
    assert stack.ask("GET", "/risk/status").json()["state"] == "HALTED"

    on = stack.ask("POST", "/risk/activate").json()["confirm"]
    stack.ask("POST", "/risk/activate", {"confirm": on})
    assert blocked_by(stack) == ["halt"]
    shown = stack.ask("POST", "/resume", {"symbol": "SPY"}).json()
    assert stack.ask("POST", "/resume", {"symbol": "SPY", "confirm": shown["confirm"]}).json()["done"]
    assert blocked_by(stack) == []

    assert stack.ask("GET", "/orders").json()["orders"] == []
    assert stack.ask("GET", "/signals").json()["signals"] == []
