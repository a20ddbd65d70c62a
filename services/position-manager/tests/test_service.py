"""The position manager on its log: in memory with restarts anywhere, and on a real NATS server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from chassis.health import Health
from chassis.jetstream import Connection, JetStreamLog
from chassis.jetstream.bucket import Bucket
from chassis.log import Log
from chassis.memory import MemoryLog
from chassis.permissions import PLANS
from chassis.run import run
from chassis.service import Service, ServiceSettings
from chassis.snapshots import MemoryStore
from contracts import plans
from contracts.channels import ttl
from contracts.control import LimitsSet
from contracts.exits import CancelProtection, ClosePosition, ExitReason, MoveProtection, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.log import Fact, Message, decode
from position_manager import outlook
from position_manager.decider import position_manager
from position_manager.process import body

if TYPE_CHECKING:
    from .conftest import Manager

Bus = Callable[[str], Awaitable[Connection]]


def story(manager: Manager) -> list[Message]:
    """Tell a day: two fills, a lost protection, a partial exit, a rejected close, a watched target, a time stop."""
    (first,) = manager.bought("10", order="e1")
    manager.rest(first)
    whole, fraction = manager.bought("2.5", order="e2")
    manager.rest(whole)
    manager.rest(fraction)
    manager.quote(170)
    manager.tick()
    (again,) = manager.end(first)
    manager.rest(again)
    manager.tick()
    manager.sell_signal("4")
    close, rest = sorted(manager.end(again), key=lambda intent: type(intent).__name__)
    manager.rest(rest)
    manager.end(close, OrderStatus.REJECTED)
    (close,) = manager.tick()
    manager.sold(close, "4", "4")
    manager.end(close, OrderStatus.FILLED, "4")
    manager.quote(203)
    manager.end(fraction, OrderStatus.CANCELED)
    manager.snapshot("8.5")
    manager.tick(seconds=8 * 86_400)
    return manager.told


async def recorded(log: Log) -> list[Message]:
    return [r.body async for chunk in log.read(("exits.>",), 0, await log.head()) for r in chunk]


async def run_until_quiet(log: MemoryLog, store: MemoryStore) -> None:
    """Run a process until it has nothing more to say, and stop it as SIGTERM would."""
    task = asyncio.create_task(run(position_manager("paper"), log, store))
    size = -1
    while size != len(log.records):
        size = len(log.records)
        for _ in range(20):
            await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def lives(events: Sequence[Message], *, stop_after: Sequence[int], keep_snapshots: bool) -> list[Message]:
    log, store = MemoryLog(), MemoryStore()
    for i, event in enumerate(events):
        await log.append([Fact(event)])
        if i in stop_after:
            await run_until_quiet(log, store)
            if not keep_snapshots:
                store = MemoryStore()
    await run_until_quiet(log, store)
    return await recorded(log)


async def test_a_restart_anywhere_gives_the_same_log(manager: Manager):
    events = story(manager)
    wanted = list[Message](manager.wanted)
    assert [type(intent) for intent in wanted].count(PlaceProtection) == 5
    assert [type(intent) for intent in wanted].count(ClosePosition) == 3
    assert [type(intent) for intent in wanted].count(CancelProtection) == 4
    await the_same_after_restarts_anywhere(events, wanted)


def a_stop_follows(manager: Manager) -> list[Message]:
    """Tell of a stop that is raised, is refused, is raised again, and is taken back in the end."""
    manager.take(LimitsSet(control_id="r", scope="all", limits=Limits(ratchet=Decimal("0.01")), by="ann"))
    (placed,) = manager.bought("10", order="e1")
    assert isinstance(placed, PlaceProtection)
    manager.rest(placed)
    for bid in (172, 171.9, 178, 177):
        manager.quote(bid)
        manager.tick()
    manager.stop(placed, OrderStatus.HELD, "160.08", code="42210000")
    for _ in range(3):
        manager.tick()
    manager.stop(placed, OrderStatus.PENDING_NEW, "171.52", "s1")
    manager.stop(placed, OrderStatus.REPLACED, "160.08")
    manager.stop(placed, OrderStatus.HELD, "171.52", "s1")
    manager.quote(184)
    manager.tick()
    manager.sell_signal()
    return manager.told


async def test_a_restart_anywhere_raises_the_same_stops(manager: Manager):
    events = a_stop_follows(manager)
    wishes = MoveProtection | PlaceProtection | CancelProtection | ClosePosition
    wanted: list[Message] = [one for one in manager.log if isinstance(one, wishes)]
    kinds = [type(one).__name__ for one in wanted]
    assert kinds == ["PlaceProtection", *["MoveProtection"] * 3, "CancelProtection"]
    await the_same_after_restarts_anywhere(events, wanted)


async def the_same_after_restarts_anywhere(events: Sequence[Message], wanted: Sequence[Message]) -> None:
    assert await lives(events, stop_after=(), keep_snapshots=True) == wanted
    for keep in (True, False):
        for place in range(len(events)):
            assert await lives(events, stop_after=(place,), keep_snapshots=keep) == wanted, (place, keep)
        assert await lives(events, stop_after=range(len(events)), keep_snapshots=keep) == wanted


def aged(log: MemoryLog) -> None:
    """Let all that the log forgets be forgotten: it keeps its place, and nobody reads it."""
    for place, record in enumerate(log.records):
        if ttl(record.subject):
            log.records[place] = replace(record, subject="gone")


async def test_a_process_that_finds_neither_snapshot_nor_quotes_knows_the_high_water_mark(manager: Manager):
    (placed,) = manager.bought("10", "100")
    manager.rest(placed)
    for bid in (101.5, 103, 110, 106):
        manager.quote(bid)
    log = MemoryLog()
    for event in manager.told:
        await log.append([Fact(event)])
        await run_until_quiet(log, MemoryStore())
    marks = [record for record in log.records if record.subject.startswith("marks.")]
    assert [decode(record.data) for record in marks] == manager.marks
    aged(log)
    before = len(manager.told)
    for bid in (105.01, 105):
        manager.tick()
        manager.quote(bid)
    for event in manager.told[before:]:
        await log.append([Fact(event)])
        await run_until_quiet(log, MemoryStore())
    assert await recorded(log) == manager.wanted
    last = manager.wanted[-1]
    assert isinstance(last, CancelProtection)
    assert last.reason is ExitReason.GAVE_BACK


async def test_on_the_real_log_a_fill_is_protected_once_though_two_processes_see_it(bus: Bus, manager: Manager):
    manager.bought("2.5")
    log, executor = JetStreamLog(await bus("position-manager")), JetStreamLog(await bus("executor"))
    running = [asyncio.create_task(run(position_manager("paper"), log, MemoryStore())) for _ in range(2)]

    outcomes = await executor.append([Fact(event, trace=f"00-{7:032x}-{1:016x}-01") for event in manager.told])
    async with asyncio.timeout(20):
        while len(await recorded(log)) < 2:
            await asyncio.sleep(0.02)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)

    found = [r async for chunk in log.read(("exits.>",), 0, await log.head()) for r in chunk]
    assert [r.body for r in found] == manager.wanted
    assert {r.cause for r in found} == {outcomes[-1].sequence}
    assert {r.trace.split("-")[1] for r in found} == {f"{7:032x}"}
    assert [r.body.qty for r in found if isinstance(r.body, PlaceProtection)] == [2, Decimal("0.5")]


async def test_the_plan_of_what_is_held_is_told_beside_the_log_once_all_is_read(bus: Bus, manager: Manager):
    manager.bought("2.5")
    connection, executor = await bus("position-manager"), JetStreamLog(await bus("executor"))
    told = Bucket(await bus("api-gateway"), PLANS)
    health = Health("position-manager", "1")
    service = Service(
        "position-manager", "1", ServiceSettings(nats_url=""), connection, JetStreamLog(connection), health
    )

    running = asyncio.create_task(body("paper", service))
    await executor.append([Fact(event) for event in manager.told])
    async with asyncio.timeout(20):
        while (entry := await told.entry("paper")) is None or not (found := plans.decode(entry.value)).plans:
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert found == outlook.plans(manager.state)
    assert health.waiting() == ()
