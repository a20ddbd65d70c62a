"""Two accounts on one log, as real processes: each its own gate, its own sizes, its own halts, its own executor."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from chassis.jetstream import JetStreamLog, connect
from chassis.permissions import PROVISIONER
from contracts.log import Message, Record
from contracts.signals import Signal
from contracts.verdicts import OrderApproved, OrderDenied
from tests.integration.conftest import Stack, free_ports, until

pytestmark = pytest.mark.timeout(300)

LIMITS = """
[limits]
default_quantity = 4
duplicate_seconds = 0
window_start = "00:00"
window_end = "23:59"

[accounts.main]
sources = ["file"]

[accounts.growth]
multiplier = 2.5
max_concurrent = 9
"""


class SignalServer:
    """Says what it is told to say, once to each who listens."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self._speak = threading.Event()
        self._message = ""

    def say(self, **signal: object) -> None:
        self._message = json.dumps({"type": "signal", **signal})
        self._speak.set()

    def _answer(self, connection: ServerConnection) -> None:
        self._speak.wait()
        try:
            connection.send(self._message)
            connection.recv()
        except ConnectionClosed:
            return

    @contextmanager
    def running(self) -> Generator[None]:
        with serve(self._answer, "127.0.0.1", self.port) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield
            finally:
                self._speak.set()
                server.shutdown()
                thread.join()


def prepare(stack: Stack, signal_port: int) -> None:
    (stack.folder / "limits.toml").write_text(LIMITS)
    settings = {
        "ACCOUNTS": "main,growth",
        "WEBSOCKET_URL": f"ws://127.0.0.1:{signal_port}",
        "LIMITS_FILE": str(stack.folder / "limits.toml"),
        "TRADE_MODE": "auto",
        "SYMBOLS": "SPY,IBM,BAC",
        "EXCHANGE_SPEED": "10",
        "RECONCILE_SECONDS": "5",
    }
    (stack.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def held(stack: Stack, account: str) -> dict[str, str]:
    answer = stack.ask("GET", f"/positions?account={account}")
    return {one["symbol"]: one["qty"] for one in answer.json()["positions"]} if answer.is_success else {}


def buy(stack: Stack, symbol: str, account: str) -> dict[str, tuple[str, str]]:
    """Send a signal and give each verdict, by account: its quantity, or why not."""
    body = {"symbol": symbol, "action": "BUY", "confidence": 0.9}
    answer = stack.ask("POST", f"/signals?account={account}", body).json()
    return said(answer)


def said(judged: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    own = [judged["verdict"]] if judged["verdict"] else []
    return {
        verdict["account"]: (verdict["kind"], verdict.get("qty") or verdict["code"])
        for verdict in (*own, *judged["others"].values())
    }


def of_the_server(stack: Stack) -> dict[str, tuple[str, str]]:
    """Give the verdicts of the signal server's one signal."""
    signals = stack.ask("GET", "/signals").json()["signals"]
    found = [said(one) for one in signals if one["signal"]["source"] == "ws"]
    return found[0] if found else {}


def accounts(stack: Stack) -> list[str]:
    """Name the accounts once every service is there."""
    answer = stack.ask("GET", "/status")
    is_whole = answer.is_success and answer.json()["missing"] == []
    return [one["account"] for one in answer.json()["accounts"]] if is_whole else []


def bought(qty: str) -> tuple[str, str]:
    return "OrderApproved", qty


def denied(code: str) -> tuple[str, str]:
    return "OrderDenied", code


async def read_log(stack: Stack) -> list[Record]:
    password = (stack.home / "secrets" / f"nats-{PROVISIONER}").read_text().strip()
    place = psutil.Process(stack.pids()["risk.main"]).environ()["NATS_URL"].rpartition("@")[2]
    connection = await connect(f"nats://{PROVISIONER}:{password}@{place}", PROVISIONER)
    try:
        log = JetStreamLog(connection)
        return [r async for chunk in log.read((">",), 0, await log.head()) for r in chunk]
    finally:
        await connection.close()


def test_each_account_judges_sizes_halts_and_trades_for_itself(stack: Stack):
    server = SignalServer()
    prepare(stack, server.port)
    with server.running():
        stack.start()
        stack.wait_ready()
        assert until("every service is there", lambda: accounts(stack)) == ["main", "growth"]

        assert buy(stack, "SPY", "all") == {"main": bought("4"), "growth": bought("10")}
        until("main holds what its gate approved", lambda: held(stack, "main") == {"SPY": "4"})
        until("growth holds what its gate approved", lambda: held(stack, "growth") == {"SPY": "10"})

        server.say(id="ws-1", symbol="IBM", action="BUY", confidence=0.9)
        until("both have judged what the server said", lambda: len(of_the_server(stack)) == 2)
        assert of_the_server(stack) == {"main": denied("source"), "growth": bought("10")}

        assert stack.ask("POST", "/halt?account=growth", {"why": "test"}).json()["state"] == "HALTED"
        assert buy(stack, "BAC", "all") == {"main": bought("4"), "growth": denied("halt")}

        with standing_still(stack, "executor.growth"):
            assert buy(stack, "IBM", "main") == {"main": bought("4")}
            until("main trades without growth's executor", lambda: held(stack, "main").get("IBM") == "4")

        confirm = stack.ask("POST", "/resume?account=growth", {}).json()["confirm"]
        assert stack.ask("POST", "/resume?account=growth", {"confirm": confirm}).json()["done"]
        with standing_still(stack, "executor.main"):
            assert buy(stack, "BAC", "growth") == {"growth": bought("10")}
            until("growth trades without main's executor", lambda: held(stack, "growth").get("BAC") == "10")
        records = asyncio.run(read_log(stack))

    assert_one_verdict_of_each_account_that_is_meant([record.body for record in records])


@contextmanager
def standing_still(stack: Stack, program: str) -> Generator[None]:
    """Hold a process still, then kill it and wait until it is back."""
    process = psutil.Process(stack.pids()[program])
    process.suspend()
    yield
    process.kill()
    until(f"{program} is back", lambda: stack.output.read_text().count(f"{program} ready") == 2)


def assert_one_verdict_of_each_account_that_is_meant(bodies: Sequence[Message]) -> None:
    signals = [body for body in bodies if isinstance(body, Signal)]
    given = Counter((body.signal_id, body.account) for body in bodies if isinstance(body, OrderApproved | OrderDenied))
    meant = [(one.signal_id, name) for one in signals for name in ("main", "growth") if one.account in ("", name)]
    assert len(signals) == 5
    assert given == Counter(meant)
