from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from chassis.jetstream import JetStreamLog
from chassis.log import Fate, Log
from chassis.memory import MemoryLog
from contracts.control import Halted
from contracts.log import Fact, Record
from contracts.market import Tick
from contracts.signals import Action, Signal, Source
from contracts.verdicts import ExitApproved, OrderDenied

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)


def signal(signal_id: str = "s1", symbol: str = "SPY") -> Signal:
    return Signal(signal_id=signal_id, source=Source.WS, symbol=symbol, action=Action.BUY, confidence=0.9, at=NOON)


def denial(verdict_id: str = "v1", code: str = "mode") -> OrderDenied:
    return OrderDenied(
        denial_id=verdict_id, signal_id="s1", account="paper", source=Source.WS, symbol="SPY", code=code,
        reason="", value="", limit="", at=NOON, checks=(),
    )  # fmt: skip


def approval(verdict_id: str = "v1") -> ExitApproved:
    return ExitApproved(
        approval_id=verdict_id,
        signal_id="s1",
        account="paper",
        source=Source.WS,
        symbol="SPY",
        at=NOON,
        checks=(),
    )


def tick() -> Tick:
    return Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON)


def facts(*bodies: object) -> list[Fact]:
    return [Fact(body) for body in bodies]  # pyright: ignore[reportArgumentType] - any message will do


async def everything(log: Log, *subjects: str, after: int = 0) -> list[Record]:
    return [r async for chunk in log.read(subjects or (">",), after, await log.head()) for r in chunk]


async def test_facts_stand_in_the_order_they_were_appended(log: Log):
    first = await log.append(facts(signal("a"), signal("b"), denial()))

    assert [o.fate for o in first] == [Fate.STORED] * 3
    assert [o.sequence for o in first] == [1, 2, 3]
    assert [r.body for r in await everything(log)] == [signal("a"), signal("b"), denial()]


async def test_a_record_carries_its_cause_and_its_trace(log: Log):
    await log.append([Fact(signal()), Fact(denial(), cause=1, trace="00-aa-bb-01")])

    record = (await everything(log))[1]

    assert (record.cause, record.trace, record.subject) == (1, "00-aa-bb-01", "denied.paper.v1")


async def test_the_same_fact_is_stored_once(log: Log):
    await log.append(facts(signal()))
    again = await log.append(facts(signal()))

    assert [(o.fate, o.sequence) for o in again] == [(Fate.STOOD, 1)]
    assert await log.head() == 1


async def test_another_fact_in_its_place_is_a_conflict_and_changes_nothing(log: Log):
    await log.append(facts(signal()))
    other = await log.append(facts(signal(symbol="IBM")))

    assert [(o.fate, o.sequence) for o in other] == [(Fate.CONFLICT, 1)]
    assert [r.body for r in await everything(log)] == [signal()]


async def test_a_batch_goes_on_without_what_stands_already(log: Log):
    await log.append(facts(signal("b")))
    outcomes = await log.append(facts(signal("a"), signal("b"), signal("c")))

    assert [o.fate for o in outcomes] == [Fate.STORED, Fate.STOOD, Fate.STORED]
    assert [r.body for r in await everything(log)] == [signal("b"), signal("a"), signal("c")]


async def test_of_two_verdicts_the_first_stands(log: Log):
    await log.append(facts(denial()))
    second = await log.append(facts(approval()))

    assert [o.fate for o in second] == [Fate.CONFLICT]
    assert [r.body for r in await everything(log)] == [denial()]


async def test_market_data_may_be_written_again(log: Log):
    outcomes = [*await log.append(facts(tick())), *await log.append(facts(tick(), tick()))]

    assert [o.fate for o in outcomes] == [Fate.STORED] * 3


async def test_reading_keeps_to_its_subjects_and_starts_after_a_sequence(log: Log):
    await log.append(facts(signal("a"), tick(), signal("b"), denial(), signal("c")))

    assert [r.sequence for r in await everything(log, "signals.>", after=1)] == [3, 5]
    assert [r.sequence for r in await everything(log, "signals.>", "denied.*.*")] == [1, 3, 4, 5]


async def test_reading_goes_on_with_what_is_appended_later(log: Log):
    await log.append(facts(signal("a")))
    seen: list[int] = []

    async def follow() -> None:
        async for chunk in log.read(("signals.>",)):
            seen.extend(r.sequence for r in chunk)
            if len(seen) == 3:
                return

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.1)
    await log.append(facts(tick(), signal("b")))
    await log.append(facts(signal("c")))
    await asyncio.wait_for(following, 10)

    assert seen == [1, 3, 4]


async def test_reading_up_to_a_sequence_ends_though_nothing_fits(log: Log):
    await log.append(facts(tick(), tick()))

    assert await everything(log, "fills.>") == []


async def test_a_thousand_facts_come_back_whole_and_in_order(log: Log):
    for start in range(0, 1000, 250):
        await log.append(facts(*(signal(f"s{i}") for i in range(start, start + 250))))

    assert [r.sequence for r in await everything(log)] == list(range(1, 1001))


async def test_the_last_record_of_a_subject_is_found_by_wildcard(log: Log):
    await log.append(facts(signal("a"), denial("v1"), denial("v2"), tick()))

    last = await log.last("denied.>")

    assert last is not None
    assert last.body == denial("v2")
    assert await log.last("fills.>") is None


async def test_the_head_of_an_empty_log_is_zero_and_its_name_does_not_change(log: Log):
    assert await log.head() == 0
    assert await log.identity() == await log.identity()


async def test_what_cannot_be_decoded_is_parked_and_passed_over(log: Log):
    await store_garbage(log)
    await log.append(facts(signal("b")))

    bodies = [r.body for r in await everything(log, "signals.>")]
    parked = await log.last("parked.>")

    assert bodies == [signal("b")]
    assert parked is not None
    assert parked.cause == 1


async def store_garbage(log: Log) -> None:
    if isinstance(log, MemoryLog):
        log.store("signals.ws.x", b"not json")
    elif isinstance(log, JetStreamLog):
        await log.connection.ask("signals.ws.x", b"not json")


@pytest.mark.parametrize("size", [1, 2, 500])
async def test_a_batch_of_any_size_is_stored_whole(log: Log, size: int):
    outcomes = await log.append(facts(*(signal(f"s{i}") for i in range(size))))

    assert [o.sequence for o in outcomes] == list(range(1, size + 1))


async def test_a_control_fact_is_a_fact_like_any_other(log: Log):
    halted = Halted(control_id="c1", scope="all", by="api", why="test")
    await log.append(facts(halted))

    assert [r.subject for r in await everything(log, "control.>")] == ["control.all.c1"]
