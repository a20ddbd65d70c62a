"""What the broker and the exchange say of a symbol, from the paper exchange to the verdict, with real processes."""

from __future__ import annotations

import httpx
import msgspec
import pytest
from msgspec import Struct

from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(240)

KEYS = {"APCA-API-KEY-ID": "paper", "APCA-API-SECRET-KEY": "paper"}
ENVIRONMENT = """\
SYMBOLS=SPY
EXCHANGE_SPEED=30
TRADING_WINDOW_START=00:00
TRADING_WINDOW_END=23:59
DUPLICATE_SECONDS=0
MAX_ENTRIES_PER_SYMBOL=1000
RISK_MAX_OPEN_ORDERS=1000
"""


class Verdict(Struct):
    kind: str
    code: str = ""


class Submitted(Struct):
    verdict: Verdict | None = None


def verdict(stack: Stack, symbol: str) -> str:
    """Buy a share; give the code of the denial, or the kind of another verdict, or nothing while there is none."""
    signal = {"symbol": symbol, "action": "BUY", "confidence": 0.9, "qty": 1}
    answer = msgspec.json.decode(stack.ask("POST", "/signals", signal).content, type=Submitted).verdict
    return answer.code or answer.kind if answer else ""


def test_what_the_broker_does_not_know_and_what_the_exchange_has_halted_is_not_bought(stack: Stack):
    (stack.folder / ".env").write_text(ENVIRONMENT + "TRADE_MODE=auto\n")
    stack.start()
    stack.wait_ready()
    # IBM is named here for the first time: its price and the broker's word are fetched for the signal.
    until("a first signal is approved", lambda: verdict(stack, "IBM") == "OrderApproved")
    until("an unknown symbol is refused", lambda: verdict(stack, "NOPE") == "tradable")

    faults = f"{stack.exchange_url}/exchange/faults/halt"
    body = {"symbol": "SPY", "how": "100000"}
    assert httpx.post(faults, json=body, headers=KEYS, trust_env=False).is_success
    until("a halted symbol is refused", lambda: verdict(stack, "SPY") == "trading_halt")
    assert verdict(stack, "IBM") == "OrderApproved"
    assert httpx.delete(faults, headers=KEYS, trust_env=False).is_success
    until("it trades again", lambda: verdict(stack, "SPY") == "OrderApproved")
