"""A small decider on both logs: what is decided once is never decided again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from msgspec import Struct

from chassis import snapshots
from chassis.decider import Decider
from chassis.log import Log, LogWentBackwardsError
from chassis.memory import MemoryLog
from chassis.publish import DivergedError
from chassis.run import Numbered, run
from chassis.snapshots import MemoryStore
from contracts.log import Fact, Message, Record
from contracts.signals import Action, Signal, Source
from contracts.values import derived_id
from contracts.verdicts import OrderDenied

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)


class Counted(Struct):
    """How many signals were seen and how many denied: a state that tells whether anything was missed or doubled."""

    signals: int = 0
    denied: int = 0
    codes: tuple[str, ...] = ()


def decide(code: str, state: Counted, event: Message) -> tuple[Message, ...]:
    if not isinstance(event, Signal) or event.symbol == "SKIP":
        return ()
    return (
        OrderDenied(
            denial_id=derived_id(event.signal_id, "paper"), signal_id=event.signal_id, account="paper",
            source=event.source, symbol=event.symbol, code=code, reason="", value=str(state.signals), limit="",
            at=event.at, checks=(),
        ),
    )  # fmt: skip


def evolve(state: Counted, fact: Message) -> Counted:
    if isinstance(fact, Signal):
        state.signals += 1
    if isinstance(fact, OrderDenied):
        state.denied += 1
        state.codes = (*state.codes[-9:], fact.code)
    return state


def counter(code: str = "old", seen: list[Counted] | None = None) -> Decider[Counted]:
    def noted(state: Counted, fact: Message) -> Counted:
        after = evolve(state, fact)
        if seen is not None:
            seen[:] = [after]
        return after

    return Decider(
        name="risk", inputs=("signals.>",), outputs=("denied.>",), initial=Counted,
        decide=lambda state, event: decide(code, state, event), evolve=noted,
    )  # fmt: skip


def signal(number: int, symbol: str = "SPY") -> Fact:
    return Fact(
        Signal(signal_id=f"s{number}", source=Source.WS, symbol=symbol, action=Action.BUY, confidence=0.9, at=NOON),
        trace=f"00-{number:032x}-{1:016x}-01",
    )


async def denials(log: Log) -> list[Record]:
    return [r async for chunk in log.read(("denied.>",), 0, await log.head()) for r in chunk]


@asynccontextmanager
async def running_decider(
    decider: Decider[Counted], log: Log, store: MemoryStore
) -> AsyncGenerator[asyncio.Task[None]]:
    task = asyncio.create_task(run(decider, log, store))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_every_signal_gets_one_verdict_that_names_its_cause_and_keeps_its_trace(log: Log):
    seen: list[Counted] = []
    async with running_decider(counter(seen=seen), log, MemoryStore()):
        await log.append([signal(n) for n in range(1, 4)])
        await until(lambda: bool(seen) and seen[0].denied == 3)

    found = await denials(log)

    assert [r.cause for r in found] == [1, 2, 3]
    assert [int(r.trace.split("-")[1], 16) for r in found] == [1, 2, 3]


async def test_what_is_decided_before_a_restart_is_not_decided_again_by_new_rules(log: Log):
    first: list[Counted] = []
    async with running_decider(counter("old", first), log, MemoryStore()):
        await log.append([signal(n) for n in range(5)])
        await until(lambda: bool(first) and first[0].denied == 5)

    second: list[Counted] = []
    async with running_decider(counter("new", second), log, MemoryStore()):
        await log.append([signal(5)])
        await until(lambda: bool(second) and second[0].denied == 6)

    assert second[0] == Counted(signals=6, denied=6, codes=("old",) * 5 + ("new",))
    assert len(await denials(log)) == 6


async def test_a_snapshot_shortens_the_way_back_and_changes_nothing(log: Log):
    store, first = MemoryStore(), list[Counted]()
    async with running_decider(counter(seen=first), log, store):
        await log.append([signal(n) for n in range(5)])
        await until(lambda: bool(first) and first[0].denied == 5)
    assert (await snapshots.load(store, "risk", log, Numbered[Counted])) == (5, Numbered(5, first[0]))

    second: list[Counted] = []
    async with running_decider(counter(seen=second), log, store):
        await log.append([signal(5)])
        await until(lambda: bool(second) and second[0].denied == 6)

    assert second[0].signals == 6


async def test_inputs_that_led_to_nothing_count_as_decided(log: Log):
    seen: list[Counted] = []
    async with running_decider(counter(seen=seen), log, MemoryStore()):
        await log.append([signal(1, "SKIP"), signal(2), signal(3, "SKIP")])
        await until(lambda: bool(seen) and seen[0].signals == 3)

    again: list[Counted] = []
    async with running_decider(counter(seen=again), log, MemoryStore()):
        await until(lambda: bool(again) and again[0].signals == 3)

    assert again[0] == seen[0]


async def test_twins_fold_to_the_same_log(log: Log):
    one, two = list[Counted](), list[Counted]()
    async with (
        running_decider(counter(seen=one), log, MemoryStore()),
        running_decider(counter(seen=two), log, MemoryStore()),
    ):
        for start in range(0, 60, 6):
            await log.append([signal(n) for n in range(start, start + 6)])
        await until(lambda: bool(one) and bool(two) and one[0].denied == two[0].denied == 60)

    assert one == two
    assert [r.cause for r in await denials(log)] == sorted({r.cause for r in await denials(log)})
    assert len(await denials(log)) == 60


async def test_an_instance_that_decides_otherwise_than_what_stands_ends():
    log = MemoryLog()
    await log.append([signal(1)])
    state = Counted()
    await log.append([Fact(decide("other", state, (await denials_input(log)))[0])])  # no cause: stands, undecided

    with pytest.raises(DivergedError):
        await asyncio.wait_for(run(counter("mine"), log, MemoryStore()), 10)


async def denials_input(log: MemoryLog) -> Message:
    last = await log.last("signals.>")
    assert last is not None
    return last.body


async def test_outputs_are_repeated_though_their_causes_have_aged_out_of_the_log():
    log = MemoryLog()
    seen: list[Counted] = []
    async with running_decider(counter(seen=seen), log, MemoryStore()):
        await log.append([signal(n) for n in range(4)])
        await until(lambda: bool(seen) and seen[0].denied == 4)
    aged = MemoryLog()
    aged.records = [
        r if r.sequence not in (2, 3) else r.__class__(r.sequence, r.time, "gone", b"") for r in log.records
    ]

    again: list[Counted] = []
    async with running_decider(counter(seen=again), aged, MemoryStore()):
        await aged.append([signal(9)])
        await until(lambda: bool(again) and again[0].denied == 5)

    assert again[0].signals == 3


async def test_a_snapshot_of_another_shape_or_another_log_is_not_used():
    class Other(Struct):
        signals: int = 0

    log, store = MemoryLog(), MemoryStore()
    await log.append([signal(1)])
    await snapshots.save(store, "risk", log, 1, Counted(signals=1))

    assert await snapshots.load(store, "risk", log, Other) is None
    assert await snapshots.load(store, "risk", MemoryLog(), Counted) is None


async def test_a_log_that_lost_its_tail_is_not_gone_on_from():
    log, store = MemoryLog(), MemoryStore()
    await log.append([signal(1)])
    await snapshots.save(store, "risk", log, 7, Counted())

    with pytest.raises(LogWentBackwardsError, match="the log ends at 1, risk had read it to 7"):
        await snapshots.load(store, "risk", log, Counted)


async def test_a_long_history_is_caught_up_whole(log: Log):
    seen: list[Counted] = []
    async with running_decider(counter(seen=seen), log, MemoryStore()):
        for start in range(0, 1500, 300):
            await log.append([signal(n) for n in range(start, start + 300)])
        await until(lambda: bool(seen) and seen[0].denied == 1500)

    again: list[Counted] = []
    async with running_decider(counter(seen=again), log, MemoryStore()):
        await until(lambda: bool(again) and again[0].denied == 1500)

    assert again[0].signals == 1500


async def test_an_output_that_never_reached_the_log_is_decided_again():
    """A server may lose one of several publishes in flight and take the next; then the process dies."""
    log = MemoryLog()
    seen: list[Counted] = []
    async with running_decider(counter(seen=seen), log, MemoryStore()):
        await log.append([signal(n) for n in range(1, 6)])
        await until(lambda: bool(seen) and seen[0].denied == 5)
    holed = MemoryLog()
    for record in log.records:
        if record.cause != 3:
            holed.store(record.subject, record.data, record.cause, record.trace, record.number)

    again: list[Counted] = []
    async with running_decider(counter(seen=again), holed, MemoryStore()):
        await until(lambda: bool(again) and again[0].signals == again[0].denied == 5)
    await holed.append([signal(6)])
    third: list[Counted] = []
    async with running_decider(counter(seen=third), holed, MemoryStore()):
        await until(lambda: bool(third) and third[0].signals == third[0].denied == 6)

    assert sorted(r.cause for r in await denials(holed)) == [1, 2, 3, 4, 5, 11]


async def test_outputs_that_stand_out_of_order_are_repeated_in_order():
    log = MemoryLog()
    seen: list[Counted] = []
    async with running_decider(counter(seen=seen), log, MemoryStore()):
        await log.append([signal(n) for n in range(1, 6)])
        await until(lambda: bool(seen) and seen[0].denied == 5)
    mixed = MemoryLog()
    for record in (*log.records[:5], *(log.records[i] for i in (6, 8, 5, 9, 7))):
        mixed.store(record.subject, record.data, record.cause, record.trace, record.number)

    again: list[Counted] = []
    async with running_decider(counter("new", again), mixed, MemoryStore()):
        await until(lambda: bool(again) and again[0].signals == again[0].denied == 5)

    assert again[0].codes == ("old",) * 5
    assert len(await denials(mixed)) == 5
