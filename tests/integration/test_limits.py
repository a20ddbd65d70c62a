"""A person's limit and an edited file reach the real gate at once, and survive a restart."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from chassis.jetstream import Connection, JetStreamLog
from contracts.log import Fact
from contracts.market import Tick
from risk.example import ACCOUNT, ASSET, NOON, QUOTE

KEY = "a-key-of-the-tests-0123456789"

Connect = Callable[[str], Awaitable[Connection]]
Json = dict[str, Any]


class NatsServer(Protocol):
    def url(self, user: str) -> str: ...


class Pair:
    """The gate and the door as processes, with the market standing still at noon."""

    def __init__(self, nats: NatsServer, folder: Path, port: int) -> None:
        self.nats, self.file, self.port = nats, folder / "limits.toml", port
        self.running: list[subprocess.Popen[bytes]] = []
        headers = {"Authorization": f"Bearer {KEY}"}
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20)

    def start(self, module: str, **environ: str) -> subprocess.Popen[bytes]:
        told = {"NATS_URL": self.nats.url(module.replace("_", "-")), "PATH": os.environ["PATH"], **environ}
        self.running.append(subprocess.Popen([sys.executable, "-m", module], env=told))
        return self.running[-1]

    async def open(self, **environ: str) -> subprocess.Popen[bytes]:
        """Start the door, and wait until it answers."""
        told = {"API_PORT": str(self.port), "TRADING_API_KEY": KEY, "TRADE_MODE": "auto", "LIMITS_FILE": str(self.file)}
        process = self.start("api_gateway", **told, **environ)
        while process.poll() is None:
            try:
                await self.client.get("/mode")
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
            else:
                break
        return process

    async def bought(self) -> Json:
        """Send a signal, and give its verdict."""
        body = {"symbol": "AAPL", "action": "BUY", "confidence": 0.9, "timestamp": NOON.isoformat()}
        while True:
            answer = (await self.client.post("/signals", json=body)).json()
            if answer.get("verdict"):
                return answer["verdict"]

    async def limit(self, name: str) -> Json:
        return (await self.client.get("/config/effective?symbol=AAPL")).json()["limits"][name]


@pytest.fixture
async def pair(nats_server: NatsServer, bus: Connect, tmp_path: Path, free_port: int) -> AsyncIterator[Pair]:
    pair = Pair(nats_server, tmp_path, free_port)
    pair.file.write_text("[limits]\nduplicate_seconds = 0\n")
    pair.start("risk")
    await pair.open(QTY_AAPL="2")
    market = (
        Tick(at=NOON, is_open=True, next_open=NOON.replace(day=8), next_close=NOON.replace(hour=20)),
        ASSET,
        QUOTE,
    )
    await JetStreamLog(await bus("executor")).append([Fact(fact) for fact in (*market, ACCOUNT)])
    yield pair
    await pair.client.aclose()
    for process in pair.running:
        process.kill()
        process.wait()


def said(verdict: Json) -> tuple[str, str]:
    return verdict["kind"], verdict.get("code", verdict.get("qty", ""))


async def test_a_limit_that_a_person_sets_denies_the_next_signal_and_stands_until_the_file_says_otherwise(pair: Pair):
    assert said(await pair.bought()) == ("OrderApproved", "2")

    wish = {"changes": {"max_order_notional": 150}, "symbol": "AAPL", "why": "too large"}
    changed = (await pair.client.patch("/config/limits", json=wish)).json()
    assert changed["effective"]["limits"]["max_order_notional"]["value"] == "150"
    denied = await pair.bought()
    assert (said(denied), denied["limit"]) == (("OrderDenied", "order_notional"), "150")

    door = pair.running.pop()
    door.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(door.wait) == 0
    await pair.open(QTY_AAPL="1", RISK_MAX_CONCURRENT="4")
    assert (await pair.limit("max_concurrent"))["value"] == 4
    assert (await pair.limit("max_order_notional"))["why"] == "too large"
    assert said(await pair.bought()) == ("OrderApproved", "1")

    pair.file.write_text("[limits]\nduplicate_seconds = 0\n[symbols.AAPL]\nmax_order_notional = 50\n")
    while (await pair.limit("max_order_notional"))["origin"] != "file":
        await asyncio.sleep(0.1)
    assert said(await pair.bought()) == ("OrderDenied", "order_notional")
