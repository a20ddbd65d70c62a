"""The two that are compared: each takes a message and notes when it left; its arrivals say when it came through."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import nats
from nats.aio.client import Client
from websockets.asyncio.server import Server, ServerConnection, serve

from benchmarks.arrivals import Arrivals
from benchmarks.processes import Processes
from benchmarks.relay import FIRST, SECOND, STREAM
from chassis.jetstream import JetStreamLog
from chassis.permissions import PROVISIONER
from contracts.control import LimitsSet, ModeSet
from contracts.limits import Limits
from contracts.log import Fact
from contracts.values import Mode, derived_id

SYMBOLS = ("AAPL", "AMZN", "BAC", "GOOG", "IBM", "JPM", "MSFT", "NVDA", "SPY", "TSLA")
ACCOUNT = "paper"
MANY = 1_000_000
LIMITS = Limits(
    max_position_fraction=Decimal(1),
    max_entries_per_symbol=MANY,
    max_concurrent=MANY,
    max_open_orders=MANY,
    max_orders_per_second=0,
    max_orders_per_day=0,
    # The bench's market is open at any hour.
    window_start="00:00",
    window_end="23:59",
    duplicate_seconds=0,
    signal_max_age_seconds=3600,
    approval_ttl_seconds=3600,
)
"""So wide that every signal becomes an order: the rules are asked all the same."""


class Side(Protocol):
    """One of the two. `sent` is by the key that its arrivals know."""

    arrivals: Arrivals
    sent: dict[bytes, int]

    def left(self, sent: int) -> dict[bytes, int]:
        """Give when each message after the first `sent` began its way."""
        ...

    async def start(self, processes: Processes) -> None: ...

    async def send(self) -> None:
        """Send one message, and note when."""
        ...

    async def stop(self) -> None: ...


class Interlock:
    """A WebSocket signal server in front of the real signal-gateway, risk and executor."""

    def __init__(self, folder: Path) -> None:
        self.arrivals, self.received = Arrivals(folder / "interlock"), Arrivals(folder / "received")
        self.sent: dict[bytes, int] = {}
        self._folder = folder
        self._sockets: list[ServerConnection] = []
        self._listening = asyncio.Event()
        self._server: Server | None = None

    async def start(self, processes: Processes) -> None:
        self._server = await serve(self._serve, "127.0.0.1", 0, compression=None)
        port = next(iter(self._server.sockets)).getsockname()[1]
        api = await processes.connect("api-gateway")
        told = (
            ModeSet(control_id="bench-mode", scope="all", mode=Mode.AUTO, by="bench"),
            LimitsSet(control_id="bench-limits", scope="all", limits=LIMITS, by="bench"),
        )
        await JetStreamLog(api).append([Fact(one) for one in told])
        await api.close()
        arrivals = str(self._folder / "interlock")
        await processes.service("executor", "benchmarks.bench_executor", ARRIVALS=arrivals)
        await processes.service("risk", "risk")
        await processes.service(
            "signal-gateway",
            "benchmarks.bench_gateway",
            WEBSOCKET_URL=f"ws://127.0.0.1:{port}",
            RECEIVED=str(self._folder / "received"),
        )
        await self._listening.wait()

    async def send(self) -> None:
        number = len(self.sent)
        signal = {
            "type": "signal",
            "id": f"b{number}",
            "symbol": SYMBOLS[number % len(SYMBOLS)],
            "action": "BUY",
            "confidence": 0.91,
            "timestamp": datetime.now(UTC).isoformat(),
        }
        key = uuid.UUID(derived_id(f"ws-b{number}", ACCOUNT)).bytes
        text = json.dumps(signal)
        self.sent[key] = time.time_ns()
        await self._sockets[0].send(text)

    def left(self, sent: int) -> dict[bytes, int]:
        """Count from the gateway's receipt: until then a frame is the sender's and the network's."""
        return self.received.since(sent)

    async def _serve(self, socket: ServerConnection) -> None:
        self._sockets.append(socket)
        self._listening.set()
        await socket.wait_closed()

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()


class Relay:
    """Publisher, stream, A, stream, B in plain nats-py; this process is the publisher."""

    def __init__(self, folder: Path) -> None:
        self.arrivals = Arrivals(folder / "relay")
        self.sent: dict[bytes, int] = {}
        self._folder = folder
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._publishing: asyncio.Task[None] | None = None
        self._client: Client | None = None

    async def start(self, processes: Processes) -> None:
        url = processes.url(PROVISIONER)
        client = self._client = await nats.connect(url)  # pyright: ignore[reportUnknownMemberType] - nats-py leaves arguments untyped
        stream = client.jetstream()  # pyright: ignore[reportUnknownMemberType] - the same
        await stream.add_stream(name=STREAM, subjects=[FIRST, SECOND])  # pyright: ignore[reportUnknownMemberType] - the same
        processes.module("relay-a", "benchmarks.relay", NATS_URL=url)
        processes.module("relay-b", "benchmarks.relay", NATS_URL=url, ARRIVALS=str(self._folder / "relay"))

        async def publish() -> None:
            while True:
                await stream.publish(FIRST, await self._queue.get())

        self._publishing = asyncio.create_task(publish())
        while len(self.arrivals) == 0:
            await self.send()
            await asyncio.sleep(0.1)

    async def send(self) -> None:
        key = b"%016d" % len(self.sent)
        self.sent[key] = time.time_ns()
        self._queue.put_nowait(key.ljust(240, b"."))

    def left(self, sent: int) -> dict[bytes, int]:
        return {key: self.sent[key] for key in list(self.sent)[sent:]}

    async def stop(self) -> None:
        if self._publishing is not None and self._client is not None:
            self._publishing.cancel()
            await self._client.close()
