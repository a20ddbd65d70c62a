"""The gateway between a real WebSocket server and a real NATS server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve

from chassis.jetstream import Connection, JetStreamLog
from chassis.log import Log, Outcome
from chassis.memory import MemoryLog
from contracts.log import Fact, Record
from contracts.market import Tick
from contracts.signals import Signal, SignalRefused, Source
from signal_gateway.gateway import run
from signal_gateway.intake import REFUSALS_PER_MINUTE, Rules
from signal_gateway.websocket import READ_BYTES, Server, delays

Bus = Callable[[str], Awaitable[Connection]]
Talk = Callable[[ServerConnection], Awaitable[None]]

NOW = datetime(2025, 6, 20, 14, 30, 30, tzinfo=UTC)
RULES = Rules(Source.WS, max_age=60)
IN = ("signals.>", "refusals.>")


def message(number: int = 1, **changes: object) -> str:
    sent: dict[str, object] = {
        "type": "signal", "id": f"n{number}", "symbol": "TSLA", "action": "BUY", "confidence": 0.91,
        "timestamp": "2025-06-20T14:30:12",
    }  # fmt: skip
    return json.dumps(sent | changes)


def tick(at: datetime = NOW) -> Tick:
    return Tick(at=at, is_open=True, next_open=at + timedelta(days=1), next_close=at + timedelta(hours=1))


class Sender:
    """A signal server that plays one script for each connection, the last one again and again."""

    def __init__(self, *scripts: Talk) -> None:
        self._scripts = list(scripts)
        self.connections = 0

    async def __call__(self, socket: ServerConnection) -> None:
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        await script(socket)


def says(*messages: str | bytes) -> Talk:
    async def talk(socket: ServerConnection) -> None:
        for one in messages:
            await socket.send(one)
        await socket.wait_closed()

    return talk


async def hangs_up(socket: ServerConnection) -> None:
    await socket.close()


def url(server: WebSocketServer) -> str:
    return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@asynccontextmanager
async def gateway(log: Log, sender: Sender, rules: Rules = RULES) -> AsyncGenerator[None]:
    """Let a gateway listen to a sender."""
    async with serve(sender, "127.0.0.1", 0) as server:
        place = Server(url(server), heartbeat=0.2, first_delay=0.01, longest_delay=0.05)
        running = asyncio.create_task(run(log, rules, place))
        try:
            yield
            assert not running.done(), running.exception()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def found(log: Log, count: int) -> list[Record]:
    """Wait for so many records of what came in."""
    records: list[Record] = []
    async for chunk in log.read(IN):
        records += chunk
        if len(records) >= count:
            break
    return records


def ids(records: list[Record]) -> list[str]:
    return [record.body.signal_id for record in records if isinstance(record.body, Signal)]


def codes(records: list[Record]) -> Counter[str]:
    return Counter(record.body.code for record in records if isinstance(record.body, SignalRefused))


BAD = (
    ("this is not JSON", "not_json"),
    (b"\xff\xfe\x00\x01", "not_json"),
    ("[" * 60_000, "not_json"),
    ("[]", "wrong_type"),
    (message(confidence="high"), "wrong_type"),
    (message(confidence=float("nan")), "bad_confidence"),
    (message(action="SHORT"), "unknown_action"),
    (message(symbol="../../x"), "bad_symbol"),
    (message(type="order"), "unknown_type"),
    ("x" * 1_000_000, "too_large"),
    (message(timestamp="2025-06-20T14:00:00"), "late"),
    (message(timestamp="2025-06-20T15:00:00"), "future"),
)


async def test_every_bad_message_is_refused_with_its_code_and_the_good_ones_are_in_the_log(bus: Bus) -> None:
    await JetStreamLog(await bus("executor")).append([Fact(tick())])
    log = JetStreamLog(await bus("signal-gateway"))
    sender = Sender(says('{"type":"welcome"}', message(1), *(data for data, _ in BAD), message(2)))
    async with gateway(log, sender):
        records = await found(log, len(BAD) + 2)
    assert ids(records) == ["ws-n1", "ws-n2"]
    assert codes(records) == Counter(code for _, code in BAD)
    assert sender.connections == 1
    assert all(len(record.trace) == 55 for record in records)


async def test_a_message_beyond_all_measure_costs_the_connection_and_nothing_else() -> None:
    log = MemoryLog()
    async with gateway(log, Sender(says("x" * (READ_BYTES + 1)), says(message()))):
        records = await found(log, 2)
    assert codes(records) == Counter(["too_large"])
    assert ids(records) == ["ws-n1"]


async def test_a_repeated_message_is_one_signal_and_one_refusal() -> None:
    log = MemoryLog()
    async with gateway(log, Sender(says(message(1), message(1), message(1), message(2)))):
        records = await found(log, 3)
    assert ids(records) == ["ws-n1", "ws-n2"]
    assert codes(records) == Counter(["duplicate"])


async def test_a_signal_that_stood_before_the_start_is_refused_by_the_log_itself(bus: Bus) -> None:
    log = JetStreamLog(await bus("signal-gateway"))
    for data in (message(1), message(1), message(1, confidence=0.5)):
        before = await log.head()
        async with gateway(log, Sender(says(data))):
            await found(log, before + 1)
    records = await found(log, 3)
    assert ids(records) == ["ws-n1"]
    assert codes(records) == Counter(duplicate=2)


async def test_signals_come_in_the_order_they_were_sent(bus: Bus) -> None:
    log = JetStreamLog(await bus("signal-gateway"))
    async with gateway(log, Sender(says(*(message(n) for n in range(1_000))))):
        records = await found(log, 1_000)
    assert ids(records) == [f"ws-n{n}" for n in range(1_000)]


async def test_it_comes_back_after_the_server_hung_up() -> None:
    log = MemoryLog()
    sender = Sender(hangs_up, says(message(1)), says(message(2)))
    async with gateway(log, sender):
        await found(log, 1)
    assert sender.connections == 2


async def test_it_waits_for_a_server_that_is_not_there_yet() -> None:
    log = MemoryLog()
    async with serve(says(message()), "127.0.0.1", 0) as gone:
        place = Server(url(gone), first_delay=0.01, longest_delay=0.05)
    running = asyncio.create_task(run(log, RULES, place))
    await asyncio.sleep(0.1)
    async with serve(says(message()), "127.0.0.1", int(place.url.rpartition(":")[2])):
        assert ids(await found(log, 1)) == ["ws-n1"]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_server_that_no_longer_answers_pings_is_left() -> None:
    over = asyncio.Event()

    async def silent(socket: ServerConnection) -> None:
        socket.transport.pause_reading()
        await over.wait()
        socket.transport.abort()

    log = MemoryLog()
    async with gateway(log, Sender(silent, says(message()))):
        assert ids(await found(log, 1)) == ["ws-n1"]
        over.set()


async def test_garbage_beyond_the_minutes_ration_is_not_written() -> None:
    log = MemoryLog()
    garbage = (f"garbage {n}" for n in range(3 * REFUSALS_PER_MINUTE))
    async with gateway(log, Sender(says(*garbage, message()))):
        records = await found(log, REFUSALS_PER_MINUTE + 1)
    assert len(log.records) == REFUSALS_PER_MINUTE + 1
    assert ids(records) == ["ws-n1"]


async def test_a_late_message_that_comes_again_after_a_restart_was_refused_already() -> None:
    """It is older by then, and the reason says so; what stands is the first refusal."""
    log = MemoryLog()
    for restart in range(2):
        await log.append([Fact(tick(NOW + timedelta(minutes=10 + restart)))])
        async with gateway(log, Sender(says(message(1), message(2, timestamp=None)))):
            await found(log, 2)
            await asyncio.sleep(0.05)
    refused = [r.body for r in await found(log, 2) if isinstance(r.body, SignalRefused)]
    assert [r.code for r in refused if r.code == "late"] == ["late"]


async def test_a_message_without_a_time_is_dated_with_the_newest_market_time() -> None:
    log = MemoryLog()
    await log.append([Fact(tick(NOW - timedelta(hours=1))), Fact(tick())])

    async def later(socket: ServerConnection) -> None:
        await asyncio.sleep(0.05)
        await says(message(timestamp=None))(socket)

    async with gateway(log, Sender(later)):
        (record,) = await found(log, 1)
    assert isinstance(record.body, Signal)
    assert record.body.at == NOW


class HeldLog(MemoryLog):
    """A log that answers only once it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.released = asyncio.Event(), asyncio.Event()

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        self.asked.set()
        await self.released.wait()
        return await super().append(facts)


async def test_what_came_in_before_a_stop_reaches_the_log() -> None:
    log = HeldLog()
    async with serve(says(message()), "127.0.0.1", 0) as server:
        running = asyncio.create_task(run(log, RULES, Server(url(server))))
        await log.asked.wait()
        running.cancel()
        await asyncio.sleep(0.05)
        assert not running.done()
        log.released.set()
        await asyncio.gather(running, return_exceptions=True)
    assert ids(await found(log, 1)) == ["ws-n1"]


async def test_without_a_server_it_idles() -> None:
    running = asyncio.create_task(run(MemoryLog(), RULES, None))
    await asyncio.sleep(0.05)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_the_wait_between_attempts_doubles_with_chance_up_to_its_limit() -> None:
    waits = list(islice(delays(Server("ws://127.0.0.1:1")), 8))
    limits = [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(limit / 2 <= wait <= limit for wait, limit in zip(waits, limits, strict=True)), waits


def test_a_setting_that_makes_no_sense_is_one_sentence() -> None:
    environ = {"NATS_URL": "nats://127.0.0.1:1", "HEARTBEAT_INTERVAL": "often"}
    done = subprocess.run(
        [sys.executable, "-m", "signal_gateway"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == os.EX_CONFIG
    assert done.stderr.startswith("signal-gateway: HEARTBEAT_INTERVAL was 'often': ")
    assert done.stderr.count("\n") == 1
