"""What went wrong in other people's trading systems, each as a story that must end well here."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import Side
from executor.brokers.memory import PRICE
from tests.simulation.world import World

ONE, TWO, THREE = Decimal(1), Decimal(2), Decimal(3)


def test_hummingbot_493_601_a_create_that_timed_out_but_was_accepted_is_not_created_again(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script = {"submit": ["unheard"], "stream": ["dropped"]}
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["unknown", "new"]


def test_hummingbot_8457_a_question_that_fails_is_not_the_answer_no(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script = {
                "submit": ["unheard"],
                "stream": ["dropped"],
                "read": ["lost", "down", "refused"] * 8,
            }
            await world.approve("a1")
            await asyncio.sleep(15)
            assert world.story("a1") == ["unknown"]
            await asyncio.sleep(200)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["unknown", "new"]


def test_hummingbot_order_tracker_a_fill_ten_minutes_after_the_cancel_is_booked(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await world.protect("x1")
            await asyncio.sleep(1)
            world.broker.fill("a1", ONE)
            world.broker.end("a1", OrderStatus.CANCELED)
            await asyncio.sleep(600)
            world.broker.fates.script = {"stream": ["dropped"]}
            world.broker.fill("a1", ONE)
            await asyncio.sleep(100)

    world.play(scenario)
    assert world.fills("a1") == [(ONE, PRICE, ONE), (ONE, PRICE, TWO)]
    assert world.drifts() == []


def test_lean_interactive_brokers_249_fills_of_a_gap_are_booked_when_the_stream_is_back(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await world.approve("b1", "QQQ")
            await asyncio.sleep(1)
            world.broker.stream.is_mute = True
            world.broker.fill("a1")
            world.broker.fill("b1", ONE)
            await asyncio.sleep(1)
            assert world.told(OrderFilled) == []
            world.broker.stream.reconnect()
            await asyncio.sleep(5)

    world.play(scenario)
    assert world.fills("a1") == [(THREE, PRICE, THREE)]
    assert world.fills("b1") == [(ONE, PRICE, ONE)]


def test_lean_tradestation_101_one_lost_fill_frame_of_a_close_does_not_close_again(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.close("z1")
            await asyncio.sleep(1)
            world.broker.fates.script = {"stream": ["dropped"]}
            world.broker.fill("z1")
            await asyncio.sleep(300)

    world.play(scenario)
    assert world.broker.posts == ["a1", "z1"]
    assert world.fills("z1") == [(THREE, PRICE, THREE)]
    assert world.broker.held() == {}


def test_lean_tradestation_84_a_fill_that_overlaps_a_replacement_is_booked_with_the_order_that_had_it(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await world.protect("x1", target=None)
            await asyncio.sleep(1)
            world.broker.fill("a1")
            await asyncio.sleep(1)
            world.broker.fates.script = {"stream": ["dropped"]}
            world.broker.fill("x1", ONE)
            world.broker.replace_by_hand("x1", "moved", PRICE / 3)
            await asyncio.sleep(5)
            world.broker.fill("moved")
            await asyncio.sleep(100)

    world.play(scenario)
    assert world.fills("x1") == [(ONE, PRICE, ONE)]
    assert world.fills("moved") == [(TWO, PRICE, TWO)]
    assert (world.story("x1")[-1], world.story("moved")[-1]) == ("replaced", "filled")
    assert world.broker.held() == {}


def test_nautilus_3176_3046_3878_what_reconciliation_makes_up_has_the_same_ids_after_each_restart(world: World):
    told: list[tuple[int, int]] = []

    async def scenario() -> None:
        async with world.executor():
            world.broker.stream.is_mute = True
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.place_by_hand("by hand")
            world.broker.fill("by hand", ONE)
            world.broker.fill("a1", TWO)
        for _ in range(3):
            # Without a snapshot each start learns everything anew from the log and the broker.
            world.store.values.clear()
            async with world.executor():
                await asyncio.sleep(100)
            told.append((len(world.told(OrderChanged)), len(world.told(OrderFilled))))

    world.play(scenario)
    assert told == [told[0]] * 3
    assert {fill.execution_id for fill in world.told(OrderFilled)} >= {"a1-2"}


def test_nautilus_3493_a_fill_that_a_poll_saw_before_the_stream_told_it_counts_once(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fates.script = {"stream": ["late"]}
            world.broker.fill("a1", TWO)
            world.broker.stream.reconnect()
            await asyncio.sleep(2)
            assert world.fills("a1") == [(TWO, PRICE, TWO)]
            await asyncio.sleep(30)

    world.play(scenario)
    assert world.fills("a1") == [(TWO, PRICE, TWO)]


def test_nautilus_5000_a_working_order_is_kept_when_the_executor_starts_with_nothing(world: World):
    async def scenario() -> None:
        world.broker.place_by_hand("old", Side.BUY, "SPY")
        async with world.executor():
            await asyncio.sleep(10)
            assert world.story("old") == ["new"]
            world.broker.fill("old")
            await asyncio.sleep(10)

    world.play(scenario)
    assert world.story("old") == ["new", "filled"]
    assert {m.purpose for m in world.told(OrderChanged)} == {Purpose.EXTERNAL}
    assert world.broker.held() == {"SPY": TWO}


def test_bytex_30_nothing_is_added_to_a_position_that_is_not_what_it_should_be(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            world.broker.moved["SPY"] = -ONE
            await asyncio.sleep(100)
            await world.approve("a2", seconds=60)
            await world.close("z1", qty=2)
            await asyncio.sleep(100)

    world.play(scenario)
    assert ("quantity_drift", "SPY", "3", "2") in world.drifts()
    assert world.broker.posts == ["a1", "z1"]
    assert world.story("a2") == ["withheld"]


def test_quantdinger_232_a_snapshot_older_than_the_log_books_no_fill_again(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(15)
            kept = dict(world.store.values)
            world.broker.fill("a1", TWO)
            await world.approve("b1", "QQQ")
            await asyncio.sleep(15)
        assert kept != world.store.values
        world.store.values.update(kept)
        async with world.executor():
            world.broker.fill("a1")
            await asyncio.sleep(100)

    world.play(scenario)
    assert world.fills("a1") == [(TWO, PRICE, TWO), (ONE, PRICE, THREE)]


def test_knight_2012_orders_of_another_time_that_wait_for_an_executor_are_not_sent(world: World):
    async def scenario() -> None:
        for number in range(20):
            await world.approve(f"a{number}", seconds=30)
        await world.halt()
        await asyncio.sleep(60)
        async with world.executor():
            await asyncio.sleep(10)
            await world.resume()
            await asyncio.sleep(100)

    world.play(scenario)
    assert world.broker.posts == []
    assert {m.status for m in world.told(OrderChanged)} == {"withheld"}
