"""One order, once: every way in which an answer can fail to come."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from contracts.control import Halted, Resumed
from contracts.log import Message
from contracts.orders import OrderChanged
from executor.brokers.memory import PRICE
from tests.simulation.world import World

THREE = Decimal(3)


def halted(name: str) -> Message:
    return Halted(control_id=name, scope="all", by="anna", why="news")


def test_an_approved_order_is_sent_once_and_its_fill_is_told_once(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await asyncio.sleep(120)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["new", "filled"]
    assert world.fills("a1") == [(THREE, PRICE, THREE)]


def test_a_lost_answer_ends_in_one_order(world: World):
    world.broker.fates.script["submit"] = ["unheard"]

    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script["stream"] = ["dropped"]
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["unknown", "new"]


def test_an_order_that_arrives_late_is_not_sent_again(world: World):
    world.broker.fates.script["submit"] = ["late"]

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["unknown", "new"]


def test_an_order_that_the_broker_denies_long_enough_is_sent_again_under_the_same_id(world: World):
    world.broker.fates.script["submit"] = ["lost"]

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1", "a1"]
    assert world.story("a1") == ["unknown", "new"]


def test_a_question_that_fails_is_not_a_no(world: World):
    world.broker.fates.script["submit"] = ["unheard"]

    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script["stream"] = ["dropped"]
            world.broker.fates.script["read"] = ["lost", "down"] * 6
            await world.approve("a1")
            await asyncio.sleep(120)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["unknown", "new"]


def test_an_id_that_the_broker_calls_taken_is_an_order_accepted_earlier(world: World):
    world.broker.fates.script["submit"] = ["late"]
    world.broker.late_by = 5.5

    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script["stream"] = ["dropped"]
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert "rejected" not in world.story("a1")
    assert world.story("a1")[-1] == "new"


def test_a_clear_no_is_told_with_its_code(world: World):
    world.broker.fates.script["submit"] = ["refused"]

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    last = world.told(OrderChanged)[-1]
    assert (last.status, last.code, last.reason) == ("rejected", "40310000", "insufficient buying power")
    assert world.broker.posts == ["a1"]


def test_an_entry_that_the_broker_never_takes_is_withheld_after_its_retries(world: World):
    world.broker.fates.script["submit"] = ["down"] * 10

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(600)

    world.play(scenario)
    assert world.broker.posts == ["a1"] * 4
    assert world.story("a1") == ["withheld"]
    assert world.told(OrderChanged)[-1].code == "unavailable"


def test_an_exit_is_sent_until_it_stands(world: World):
    world.broker.fates.script["submit"] = ["down", "busy", "lost"] * 4

    async def scenario() -> None:
        async with world.executor():
            await world.close("x1")
            await asyncio.sleep(600)

    world.play(scenario)
    assert world.story("x1")[-1] == "new"
    assert len(world.broker.posts) == 13


def test_while_the_fate_of_an_order_is_unknown_no_other_entry_of_its_symbol_is_sent(world: World):
    world.broker.fates.script["submit"] = ["late"]

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(0.5)
            await world.approve("a2")
            await world.approve("b1", symbol="QQQ")
            await world.close("x1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert sorted(world.broker.posts[:3]) == ["a1", "b1", "x1"]
    assert world.broker.posts[3:] == ["a2"], "it waited until the fate was known"


def test_an_order_whose_answer_takes_its_time_is_told_of_as_in_flight(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.latency.call = lambda: 0.4
            await world.approve("a1")
            await asyncio.sleep(0.3)
            assert world.story("a1") == ["submitting"]
            await asyncio.sleep(5)

    world.play(scenario)
    assert world.story("a1") == ["submitting", "new"]


def test_a_halt_withholds_entries_and_lets_exits_through(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.add(halted("h1"))
            await world.approve("a1")
            await world.protect("x1")
            await asyncio.sleep(5)
            await world.add(Resumed(control_id="r1", scope="all", by="anna", why=""))
            await world.approve("a2")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == ["withheld"]
    assert world.broker.posts == ["x1", "a2"]


def test_a_halt_reaches_an_order_that_waits_for_its_turn_to_be_sent_again(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script["submit"] = ["busy"]
            await world.approve("a1")
            await asyncio.sleep(0.5)
            await world.add(halted("h1"))
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["submitting", "withheld"]


def test_a_stale_approval_is_withheld(world: World):
    async def scenario() -> None:
        await asyncio.sleep(60)
        await world.approve("a1", seconds=-1)
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == []
    assert world.told(OrderChanged)[-1].code == "expired"


@pytest.mark.parametrize("fate", ["", "down", "lost"])
def test_a_cancel_is_followed_to_the_end_of_the_whole_group(world: World, fate: str):
    async def scenario() -> None:
        async with world.executor():
            await world.protect("x1")
            await asyncio.sleep(5)
            world.broker.fates.script["cancel"] = [fate]
            world.broker.fates.script["stream"] = ["dropped", "dropped"]
            await world.take_back("c1", "x1")
            await asyncio.sleep(30)

    world.play(scenario)
    assert world.story("x1")[-1] == "canceled"
    assert world.story("leg-x1") == ["held", "canceled"]


def test_a_fill_that_wins_against_the_cancel_is_booked(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.protect("x1")
            await asyncio.sleep(5)
            world.broker.fates.script["stream"] = ["dropped"] * 3
            world.broker.fill("x1")
            await world.take_back("c1", "x1")
            await asyncio.sleep(30)

    world.play(scenario)
    assert world.story("x1")[-1] == "filled"
    assert world.fills("x1") == [(THREE, PRICE, THREE)]
    assert world.story("leg-x1")[-1] == "canceled"
