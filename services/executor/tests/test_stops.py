"""Halts, locks and the gate: what is not sent stays, what works comes back where trading is halted, exits go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.control import GateSwitched, Halted, Resumed
from contracts.lifecycle import OrderStatus
from contracts.locks import Locked, LockKind
from contracts.log import Message
from contracts.orders import OrderChanged
from contracts.values import OrderType, TradingState
from executor.book import Book
from executor.brokers.memory import PRICE, START, MemoryBroker
from executor.history import catch_up
from tests.simulation.world import World

TWO = Decimal(2)
REDUCING, HALTED = TradingState.REDUCING, TradingState.HALTED
HALT = Halted(control_id="h1", scope="all", by="ann", why="news")
LOCK = Locked(
    lock_id="l1", account="paper", lock=LockKind.DAILY_LOSS, level=HALTED, reason="the day has lost too much",
    value="0.04", limit="0.03", at=START,
)  # fmt: skip
GATE = GateSwitched(control_id="g1", scope="all", active=False, by="ann", why="audit")
RESUME = Resumed(control_id="r1", scope="all", by="ann", why="")


def last(world: World, name: str) -> tuple[str, str, str]:
    told = [m for m in world.told(OrderChanged) if m.client_order_id == name][-1]
    return told.status, told.code, told.reason


@pytest.mark.parametrize(
    ("stop", "code", "reason"),
    [
        (HALT, "halted", "entries were halted by ann: news"),
        (structs.replace(HALT, level=REDUCING, scope="paper"), "halted", "entries were halted by ann: news"),
        (structs.replace(HALT, strategy="ema"), "halted", "entries were halted by ann: news"),
        (structs.replace(HALT, symbol="SPY"), "halted", "entries were halted by ann: news"),
        (LOCK, "locked", "the day has lost too much"),
        (structs.replace(LOCK, level=REDUCING), "locked", "the day has lost too much"),
        (GATE, "gate_off", "the gate was switched off by ann: audit"),
    ],
)
def test_an_entry_that_is_stopped_is_withheld_and_exits_go_through(world: World, stop: Message, code: str, reason: str):
    async def scenario() -> None:
        async with world.executor():
            await world.add(stop)
            await world.approve("a1", strategy="ema")
            await world.protect("x1")
            await world.close("z1")
            await asyncio.sleep(10)

    world.play(scenario)
    assert last(world, "a1") == ("withheld", code, reason)
    assert world.broker.posts == ["x1", "z1"]


def test_of_several_halts_the_newest_says_why(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.add(HALT)
            await world.add(structs.replace(HALT, control_id="h2", by="bob", why="lunch"))
            await world.approve("a1")
            await asyncio.sleep(10)

    world.play(scenario)
    assert last(world, "a1") == ("withheld", "halted", "entries were halted by bob: lunch")


@pytest.mark.parametrize(
    "stop",
    [
        structs.replace(HALT, scope="other"),
        structs.replace(HALT, strategy="vwap"),
        structs.replace(HALT, symbol="QQQ"),
        structs.replace(HALT, until=START),
        structs.replace(LOCK, symbol="QQQ"),
        structs.replace(LOCK, account="other"),
        structs.replace(GATE, scope="other"),
        structs.replace(GATE, active=True),
    ],
)
def test_what_is_about_others_or_over_stops_nothing_and_takes_nothing_back(world: World, stop: Message):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1", strategy="ema")
            await asyncio.sleep(5)
            await world.add(stop)
            await world.approve("a2", strategy="ema")
            await asyncio.sleep(30)

    world.play(scenario)
    assert (world.story("a1"), world.story("a2")) == (["new"], ["new"])


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (HALT, "halted"),
        (structs.replace(HALT, level=REDUCING), ""),
        (structs.replace(HALT, symbol="SPY", strategy="ema"), "halted"),
        (LOCK, "locked"),
        (structs.replace(LOCK, level=REDUCING), ""),
        (GATE, "gate_off"),
    ],
)
def test_where_trading_is_halted_an_entry_that_works_is_canceled_and_nothing_else(
    world: World, stop: Message, code: str
):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1", strategy="ema")
            await world.protect("x1")
            await world.close("z1", symbol="QQQ")
            world.broker.place_by_hand("by-hand")
            await asyncio.sleep(60)
            await world.add(stop)
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == (["new", "canceled"] if code else ["new"])
    assert last(world, "a1")[1] == code
    assert [world.story(name) for name in ("x1", "leg-x1", "z1", "by-hand")] == [["new"], ["held"], ["new"], ["new"]]


def test_what_an_entry_has_bought_before_it_was_canceled_is_kept(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fill("a1", TWO)
            await asyncio.sleep(1)
            await world.add(HALT)
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == ["new", "partially_filled", "canceled"]
    assert world.fills("a1") == [(TWO, PRICE, TWO)]
    assert world.told(OrderChanged)[-1].filled_qty == TWO


def test_only_the_end_of_what_is_taken_back_says_why(world: World):
    world.broker.fates.script["cancel"] = ["down"]

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            await world.add(HALT)
            world.broker.fill("a1", TWO)
            await asyncio.sleep(60)

    world.play(scenario)
    told = [(one.status, one.code) for one in world.told(OrderChanged)]
    assert told == [("new", ""), ("partially_filled", ""), ("canceled", "halted")]


def test_the_exits_that_a_complete_entry_has_set_to_work_stay(make_world: Callable[[MemoryBroker], World]):
    world = make_world(MemoryBroker(bracket=frozenset({OrderType.MARKET})))

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1", exits=(PRICE / 2, PRICE * 2))
            await asyncio.sleep(1)
            world.broker.fates.script["stream"] = ["dropped"] * 9
            world.broker.fill("a1")
            await world.add(HALT)
            await asyncio.sleep(90)

    world.play(scenario)
    assert world.story("a1")[-1] == "filled"
    assert [world.broker.orders[name].status for name in ("leg-a1", "profit-a1")] == [OrderStatus.NEW] * 2


@pytest.mark.parametrize("fate", ["down", "lost", "unheard", "stuck"])
def test_a_cancel_that_fails_is_asked_for_again(world: World, fate: str):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fates.script["cancel"] = [fate]
            await world.add(HALT)
            await asyncio.sleep(130)

    world.play(scenario)
    assert world.story("a1")[-1] == "canceled"


@pytest.mark.parametrize("fate", ["unheard", "late", "filled"])
def test_an_entry_that_is_on_its_way_when_trading_is_halted_comes_back(world: World, fate: str):
    world.broker.fates.script["submit"] = [fate]

    async def scenario() -> None:
        async with world.executor():
            world.latency.call = lambda: 0.4
            await world.approve("a1")
            await asyncio.sleep(0.1)
            await world.add(HALT)
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1")[-1] == "canceled"


@pytest.mark.parametrize("stop", [HALT, LOCK, GATE])
def test_what_was_halted_while_no_executor_ran_is_canceled_by_the_next(world: World, stop: Message):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
        await world.add(stop)
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == ["new", "canceled"]


def test_what_is_resumed_before_the_cancel_could_be_asked_for_goes_on(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
        await world.add(HALT)
        await world.add(RESUME)
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == ["new"]


@pytest.mark.parametrize(
    ("resumes", "sent"),
    [
        ((), False),
        ((RESUME,), False),
        ((structs.replace(RESUME, lifts=("h1",)),), False),
        ((structs.replace(RESUME, lifts=("l1",)),), False),
        ((structs.replace(RESUME, lifts=("h1", "l1")),), True),
        ((structs.replace(RESUME, scope="other", lifts=("h1", "l1")),), False),
        ((structs.replace(RESUME, symbol="QQQ"), structs.replace(RESUME, control_id="r2", lifts=("l1",))), False),
        ((RESUME, structs.replace(RESUME, control_id="r2", lifts=("l1",))), True),
    ],
)
def test_a_resume_ends_what_it_names_or_the_halts_within_it(world: World, resumes: tuple[Resumed, ...], *, sent: bool):
    async def scenario() -> None:
        async with world.executor():
            for body in (HALT, LOCK, *resumes):
                await world.add(body)
            await world.approve("a1")
            await asyncio.sleep(10)

    world.play(scenario)
    assert world.broker.posts == (["a1"] if sent else [])


@pytest.mark.parametrize("stop", [HALT, LOCK])
def test_market_time_ends_a_stop(world: World, stop: Halted | Locked):
    async def scenario() -> None:
        async with world.executor():
            await world.add(structs.replace(stop, until=world.broker.now() + timedelta(seconds=20)))
            await world.approve("a1")
            await asyncio.sleep(30)
            await world.approve("a2")
            await asyncio.sleep(10)

    world.play(scenario)
    assert (world.story("a1"), world.story("a2")) == (["withheld"], ["new"])


def test_what_is_canceled_by_hand_is_not_said_to_be_taken_back(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.end("a1", OrderStatus.CANCELED)
            await asyncio.sleep(5)
            await world.add(HALT)
            await asyncio.sleep(60)

    world.play(scenario)
    assert last(world, "a1") == ("canceled", "", "")


def test_stops_whose_time_is_over_are_forgotten_when_another_comes(world: World):
    books: list[Book] = []

    async def scenario() -> None:
        async with world.executor():
            for number in range(50):
                at = world.broker.now()
                until = at + timedelta(seconds=10)
                await world.add(structs.replace(LOCK, lock_id=f"l{number}", at=at, until=until))
                await world.add(structs.replace(HALT, control_id=f"h{number}", at=at, until=until))
                await asyncio.sleep(20)
        books.append((await catch_up(world.log, world.store, "paper"))[1])

    world.play(scenario)
    assert [[*book.locks, *book.halts] for book in books] == [["l49", "h49"]]
