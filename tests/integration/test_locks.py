"""A lock on a whole stack: a symbol that was left rests, over a kill of the gate, until a person resumes."""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

Json = dict[str, Any]


def blocked_by(stack: Stack, symbol: str) -> list[str]:
    told = stack.ask("GET", f"/risk/preview?symbol={symbol}&qty=1").json()
    return [check["rule"] for check in told.get("blocked_by", [{"rule": "unknown"}])]


def trade(stack: Stack, action: str) -> None:
    answer = stack.ask("POST", "/manual-trade", {"symbol": "SPY", "action": action, "qty": "1"})
    assert answer.is_success, answer.text


def held(stack: Stack) -> list[Json]:
    return stack.ask("GET", "/positions").json()["positions"]


def locks(stack: Stack) -> list[Json]:
    return stack.ask("GET", "/locks").json()["locks"]


def test_a_symbol_that_was_left_rests_until_a_person_resumes(stack: Stack):
    settings = ("SYMBOLS=SPY", "EXCHANGE_SPEED=60", "MAX_POSITION_PCT=1", "COOL_DOWN_MINUTES=5000")
    (stack.folder / ".env").write_text("\n".join(settings))
    stack.start()
    stack.wait_ready()
    until("a preview that nothing blocks", lambda: blocked_by(stack, "SPY") == [], 90)
    trade(stack, "BUY")
    until("the position", lambda: held(stack))
    trade(stack, "SELL")
    (lock,) = until("the lock", lambda: locks(stack))
    assert (lock["kind"], lock["symbol"]) == ("lock", "SPY")
    assert lock["reason"].startswith("SPY was left ")
    assert "locked" in blocked_by(stack, "SPY")
    assert "locked" not in blocked_by(stack, "QQQ")

    psutil.Process(stack.pids()["risk"]).kill()
    until("risk runs again", lambda: stack.output.read_text().count("risk ready") == 2)
    assert "locked" in blocked_by(stack, "SPY")

    shown = stack.ask("POST", "/resume", {}).json()
    assert stack.ask("POST", "/resume", {"confirm": shown["confirm"]}).json()["done"]
    assert locks(stack) == []
    assert "locked" not in blocked_by(stack, "SPY")
