"""What nats-py and a dying server do to those who trust them (docs/design.md, section 1)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from subprocess import Popen
from typing import Protocol

import msgspec
import pytest
from msgspec import structs

from chassis.jetstream import Connection, JetStreamLog
from chassis.jetstream.bucket import Bucket
from chassis.jetstream.connection import BusDeadError, UnansweredError
from chassis.lease import Lease
from chassis.log import Fate, LogRefusedError
from chassis.permissions import LEASES, PRESENCE
from chassis.presence import announce, present
from contracts.log import Fact
from contracts.signals import Action, Signal, Source

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
Bus = Callable[[str], Awaitable[Connection]]


class Server(Protocol):
    process: Popen[bytes]

    def start(self) -> None: ...
    def kill(self) -> None: ...


def signals(first: int, last: int) -> list[Fact]:
    return [
        Fact(Signal(signal_id=f"s{n}", source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOON))
        for n in range(first, last)
    ]


async def test_facts_appended_through_a_killed_server_stand_once_and_are_read_once(bus: Bus, nats_server: Server):
    log = JetStreamLog(await bus("signal-gateway"))
    reader = JetStreamLog(await bus("risk"))
    seen: list[str] = []

    async def follow() -> None:
        async for chunk in reader.read(("signals.>",)):
            seen.extend(r.subject for r in chunk)
            if len(seen) >= 400:
                return

    async def restart() -> None:
        await asyncio.sleep(0.1)
        nats_server.kill()
        await asyncio.sleep(0.3)
        nats_server.start()

    following, restarting = asyncio.create_task(follow()), asyncio.create_task(restart())
    for n in range(400):
        outcomes = await log.append(signals(n, n + 1))
        assert outcomes[0].fate in (Fate.STORED, Fate.STOOD)
        await asyncio.sleep(0.001)
    await restarting
    await asyncio.wait_for(following, 30)

    assert seen == [f"signals.ws.s{n}" for n in range(400)]


async def test_nothing_is_sent_late_after_a_reconnect(bus: Bus, nats_server: Server):
    connection = await bus("signal-gateway")
    nats_server.kill()
    await asyncio.sleep(0.2)

    with pytest.raises(UnansweredError):
        await connection.ask("signals.ws.late", b"{}", seconds=0.5)
    nats_server.start()
    while not connection.is_connected:
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)

    assert await JetStreamLog(connection).head() == 0


async def test_a_server_that_hangs_is_noticed(bus: Bus, nats_server: Server):
    connection = await bus("risk")
    os.kill(nats_server.process.pid, signal.SIGSTOP)
    # It stops a moment after the signal.
    await asyncio.to_thread(os.waitpid, nats_server.process.pid, os.WUNTRACED)
    try:
        with pytest.raises(UnansweredError):
            await connection.ask("$JS.API.STREAM.INFO.TRADING", b"", seconds=0.5)
        async with asyncio.timeout(15):
            while connection.is_connected:
                await asyncio.sleep(0.05)
    finally:
        os.kill(nats_server.process.pid, signal.SIGCONT)
    async with asyncio.timeout(15):
        while not connection.is_connected:
            await asyncio.sleep(0.05)
    assert await JetStreamLog(connection).head() == 0


async def test_a_connection_closed_for_good_ends_the_process(bus: Bus):
    connection = await bus("risk")
    watching = asyncio.create_task(connection.watch())
    await asyncio.sleep(0)
    await connection.client.close()

    with pytest.raises(BusDeadError):
        await asyncio.wait_for(watching, 10)


async def test_a_question_that_breaks_its_answerer_ends_the_process(bus: Bus):
    audit, api = await bus("audit"), await bus("api-gateway")

    async def broken(data: bytes) -> bytes:
        raise ZeroDivisionError(data)

    await audit.serve("history.query", broken)
    with pytest.raises(UnansweredError):
        await api.ask("history.query", b"?", seconds=0.5)

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(audit.watch(), 5)


async def test_a_question_is_answered(bus: Bus):
    audit, api = await bus("audit"), await bus("api-gateway")

    async def doubled(data: bytes) -> bytes:
        return data + data

    await audit.serve("history.query", doubled)

    assert (await api.ask("history.query", b"ab")).data == b"abab"


async def test_a_reader_whose_consumer_vanishes_goes_on_without_a_hole(bus: Bus):
    admin = await bus("provision")
    log = JetStreamLog(admin)
    seen: list[int] = []

    async def follow() -> None:
        async for chunk in log.read(("signals.>",)):
            seen.extend(r.sequence for r in chunk)
            if len(seen) >= 20:
                return

    following = asyncio.create_task(follow())
    await log.append(signals(0, 10))
    while len(seen) < 10:
        await asyncio.sleep(0.01)
    await delete_consumers(admin)
    await log.append(signals(10, 20))
    await asyncio.wait_for(following, 15)

    assert seen == list(range(1, 21))


async def delete_consumers(admin: Connection) -> None:
    names = msgspec.json.decode((await admin.ask("$JS.API.CONSUMER.NAMES.TRADING", b"")).data)["consumers"]
    assert names
    for name in names:
        await admin.ask(f"$JS.API.CONSUMER.DELETE.TRADING.{name}", b"")


async def test_one_of_two_holds_the_lease_and_the_other_has_it_when_it_is_released(bus: Bus):
    first = Lease(Bucket(await bus("executor"), LEASES), "paper")
    second = Lease(Bucket(await bus("executor"), LEASES), "paper")
    await first.acquire()
    waiting = asyncio.create_task(second.acquire())
    await asyncio.sleep(1.5)
    assert first.is_held
    assert not second.is_held

    await first.release()
    await asyncio.wait_for(waiting, 15)

    assert second.is_held
    assert not first.is_held


async def test_a_holder_that_cannot_renew_stops_before_the_lease_can_be_taken(bus: Bus, nats_server: Server):
    lease = Lease(Bucket(await bus("executor"), LEASES), "paper")
    await lease.acquire()
    keeping = asyncio.create_task(lease.keep())
    nats_server.kill()

    await asyncio.wait_for(keeping, 15)

    assert not lease.is_held


async def test_services_say_that_they_are_there(bus: Bus):
    speaker = asyncio.create_task(announce(Bucket(await bus("risk"), PRESENCE), "risk", "0.1.0", lambda: ("log",)))
    bucket = Bucket(await bus("api-gateway"), PRESENCE)
    async with asyncio.timeout(10):
        while not (there := await present(bucket)):
            await asyncio.sleep(0.05)
    speaker.cancel()

    assert [(p.service, p.version, p.waiting) for p in there] == [("risk", "0.1.0", ("log",))]


async def test_a_fact_that_no_server_takes_is_refused_and_holds_up_nothing(bus: Bus):
    log = JetStreamLog(await bus("signal-gateway"))
    (small,) = signals(0, 1)
    assert isinstance(small.body, Signal)
    large = Fact(structs.replace(small.body, why="x" * 8_400_000))
    with pytest.raises(LogRefusedError, match=r"signals\.ws\.s0: had 8400\d\d\d bytes, expected at most 83\d\d\d\d\d"):
        await log.append([large])
    assert [one.fate for one in await log.append([small])] == [Fate.STORED]
