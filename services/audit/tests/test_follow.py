"""The copy of the log, on a real PostgreSQL that comes and goes."""

from __future__ import annotations

import asyncio
import itertools
import signal as signals
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import psycopg
import pytest

from audit.follow import DATABASE, follow
from chassis.health import Health
from chassis.jetstream import Connection, JetStreamLog
from chassis.log import Log, LogWentBackwardsError
from chassis.memory import MemoryLog
from chassis.service import CAUGHT_UP
from contracts.log import Fact, encode
from contracts.signals import Signal, SignalRefused, Source

NEVER = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"

Bus = Callable[[str], Awaitable[Connection]]
MakeSignal = Callable[..., Signal]


class Server(Protocol):
    def start(self) -> None: ...
    def stop(self, number: int = ...) -> None: ...


class Database(Protocol):
    @property
    def server(self) -> Server: ...
    @property
    def admin(self) -> str: ...
    @property
    def writer(self) -> str: ...
    def rows(self, query: str) -> list[tuple[Any, ...]]: ...
    def sequences(self, log: int = 1) -> list[int]: ...


@asynccontextmanager
async def auditing(log: Log, database: Database) -> AsyncGenerator[Health]:
    health = Health("audit", "0")
    health.wait_for(DATABASE, CAUGHT_UP)
    task = asyncio.create_task(follow(log, database.writer, health))
    try:
        yield health
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(met: Callable[[], bool]) -> None:
    while not met():
        await asyncio.sleep(0.02)


async def filled(log: MemoryLog, make: MakeSignal, first: int, last: int) -> None:
    await log.append([Fact(make(f"s{n}")) for n in range(first, last)])


async def test_every_record_is_stored_once_and_as_it_was(database: Database, signal: MakeSignal):
    log = MemoryLog()
    await log.append([Fact(signal("s1"), cause=4, trace=NEVER, number=2)])
    odd = [b"", b"\xff\xfe\x00", b"{}", b'{"kind":"Signal"}', encode(signal(why="\0")), b'{"n":1e400000}', b"[" * 9_000]
    for n, data in enumerate(odd):
        log.store(f"signals.ws.odd{n}", data)

    async with auditing(log, database) as health:
        await until(lambda: not health.waiting())

    stored = database.rows("SELECT sequence, at, subject, data, cause, trace, number FROM audit.records ORDER BY 1")
    assert stored == [(r.sequence, r.time, r.subject, r.data, r.cause, r.trace, r.number) for r in log.records]
    kinds = database.rows("SELECT kind, body->>'signal_id' FROM audit.records ORDER BY sequence")
    assert kinds == [("Signal", "s1"), *[("", None)] * 4, ("Signal", "s1"), ("", None), ("", None)]


async def test_it_goes_on_where_it_left_off(database: Database, signal: MakeSignal):
    log = MemoryLog()
    for life in range(4):
        await filled(log, signal, 10 * life, 10 * life + 10)
        async with auditing(log, database) as health:
            await until(lambda health=health: not health.waiting())
            await filled(log, signal, 1_000 + life, 1_001 + life)
            await until(lambda: len(database.sequences()) == len(log.records))

    assert database.sequences() == list(range(1, 45))


async def test_a_database_that_is_killed_over_and_over_loses_and_doubles_nothing(
    database: Database, signal: MakeSignal
):
    log = MemoryLog()

    async def trade() -> None:
        for n in itertools.count():
            await filled(log, signal, n * 20, n * 20 + 20)
            await asyncio.sleep(0.01)

    async with auditing(log, database) as health:
        trading = asyncio.create_task(trade())
        for number in (signals.SIGKILL, signals.SIGINT, signals.SIGKILL):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(database.server.stop, number)
            await until(lambda: DATABASE in health.waiting())
            await asyncio.to_thread(database.server.start)
            await until(lambda: not health.waiting())
        trading.cancel()
        await until(lambda: len(database.sequences()) == len(log.records))

    assert database.sequences() == list(range(1, len(log.records) + 1))


async def test_a_database_that_is_not_there_or_not_migrated_is_waited_for(database: Database, signal: MakeSignal):
    log = MemoryLog()
    await filled(log, signal, 0, 3)
    with psycopg.connect(database.admin) as connection:
        connection.execute("ALTER SCHEMA audit RENAME TO elsewhere")
    database.server.stop()

    async with auditing(log, database) as health:
        await asyncio.sleep(0.5)
        assert health.waiting() == (DATABASE, CAUGHT_UP)
        await asyncio.to_thread(database.server.start)
        await asyncio.sleep(0.5)
        assert health.waiting() == (DATABASE, CAUGHT_UP)
        with psycopg.connect(database.admin) as connection:
            connection.execute("ALTER SCHEMA elsewhere RENAME TO audit")
        await until(lambda: not health.waiting())

    assert database.sequences() == [1, 2, 3]


async def test_a_database_that_takes_its_time_is_not_called_ready(database: Database, signal: MakeSignal):
    log = MemoryLog()
    async with auditing(log, database) as health:
        await until(lambda: not health.waiting())
        with psycopg.connect(database.admin) as connection:
            connection.execute("LOCK TABLE audit.records")
            await filled(log, signal, 0, 3)
            await until(lambda: health.waiting() == (DATABASE,))
        await until(lambda: not health.waiting())

    assert database.sequences() == [1, 2, 3]


async def test_a_second_auditor_waits_until_the_first_is_gone(database: Database, signal: MakeSignal):
    log = MemoryLog()
    await filled(log, signal, 0, 5)

    async with auditing(log, database) as second:
        async with auditing(log, database) as first:
            await until(lambda: not (first.waiting() and second.waiting()))
            await filled(log, signal, 5, 10)
            await until(lambda: len(database.sequences()) == 10)
            assert sorted((first.waiting(), second.waiting())) == [(), (DATABASE, CAUGHT_UP)]
        await filled(log, signal, 10, 15)
        await until(lambda: not second.waiting() and len(database.sequences()) == 15)

    assert database.sequences() == list(range(1, 16))


async def test_a_new_log_stands_beside_the_old_one(database: Database, signal: MakeSignal):
    old, new = MemoryLog(), MemoryLog()
    await filled(old, signal, 0, 5)
    await filled(new, signal, 5, 8)

    for log in (old, new, old):
        async with auditing(log, database) as health:
            await until(lambda health=health: not health.waiting())

    assert (database.sequences(1), database.sequences(2)) == ([1, 2, 3, 4, 5], [1, 2, 3])


async def test_a_log_that_lost_its_tail_is_not_followed(database: Database, signal: MakeSignal):
    log = MemoryLog()
    await filled(log, signal, 0, 5)
    async with auditing(log, database) as health:
        await until(lambda: not health.waiting())
    del log.records[3:]

    with pytest.raises(LogWentBackwardsError, match="ends at 3, but 5 of its records"):
        await follow(log, database.writer, Health("audit", "0"))


async def test_it_follows_the_real_log_over_what_aged_out_of_it(bus: Bus, database: Database, signal: MakeSignal):
    log = JetStreamLog(await bus("audit"))
    gateway = await bus("signal-gateway")
    await JetStreamLog(gateway).append([Fact(signal(f"s{n}")) for n in range(100)])
    refused = SignalRefused(refusal_id="r1", source=Source.WS, code="", reason="", received="", size=0)
    await gateway.ask("refusals.ws.r1", encode(refused), {"Nats-TTL": "1"})
    await gateway.ask("signals.ws.odd", b"no message")
    while (await log.last("refusals.ws.r1")) is not None:
        await asyncio.sleep(0.1)

    async with auditing(log, database) as health:
        await until(lambda: not health.waiting())
        await JetStreamLog(gateway).append([Fact(signal("later"), cause=7, trace=NEVER)])
        await until(lambda: 103 in database.sequences())

    assert database.sequences() == [*range(1, 101), 102, 103]
    assert database.rows("SELECT subject, kind, cause, trace, data FROM audit.records WHERE sequence > 101") == [
        ("signals.ws.odd", "", 0, "", b"no message"),
        ("signals.ws.later", "Signal", 7, NEVER, encode(signal("later"))),
    ]
