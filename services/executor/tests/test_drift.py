"""What differs for good: told when it is seen twice, until it is gone; nothing is added to what nobody knows."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from contracts.accounts import DriftFound, DriftKind
from contracts.orders import OrderChanged
from executor.drift import POLICIES, Policy
from tests.simulation.world import World

ONE, TWO, THREE = Decimal(1), Decimal(2), Decimal(3)


def test_a_position_that_no_fill_explains_is_told_once_however_often_the_executor_starts(world: World):
    async def scenario() -> None:
        world.broker.moved["IWM"] = TWO
        for _ in range(3):
            async with world.executor():
                await asyncio.sleep(300)

    world.play(scenario)
    assert world.drifts() == [("missing_stop", "IWM", "", "2"), ("quantity_drift", "IWM", "0", "2")]
    assert world.resolved() == []


def test_entries_of_a_symbol_whose_position_is_not_explained_wait_until_a_person_resumes(world: World):
    async def scenario() -> None:
        world.broker.moved["SPY"] = TWO
        async with world.executor():
            await asyncio.sleep(10)
            await world.approve("a1", seconds=30)
            await world.approve("a2", seconds=300)
            await world.approve("b1", "QQQ")
            await world.close("z1", qty=2)
            await asyncio.sleep(60)
            assert sorted(world.broker.posts) == ["b1", "z1"]
            await world.resume()
            await asyncio.sleep(300)

    world.play(scenario)
    assert world.broker.posts[2:] == ["a2"]
    (withheld,) = (m for m in world.told(OrderChanged) if m.client_order_id == "a1")
    assert (withheld.status, withheld.code) == ("withheld", "frozen")
    assert withheld.reason == "the broker and the book differ about SPY: quantity_drift"
    assert ("quantity_drift", "SPY") in world.resolved(), "the broker's word is believed from then on"


def test_a_drift_that_is_explained_later_ends_by_itself(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.moved["SPY"] = TWO
            await asyncio.sleep(100)
            await world.approve("a1")
            await asyncio.sleep(10)
            assert world.broker.posts == []
            del world.broker.moved["SPY"]
            await asyncio.sleep(200)

    world.play(scenario)
    assert world.drifts() == [("missing_stop", "SPY", "", "2"), ("quantity_drift", "SPY", "0", "2")]
    assert world.resolved() == [("missing_stop", "SPY"), ("quantity_drift", "SPY")]
    assert world.broker.posts == ["a1"]


def test_a_resume_believes_what_the_broker_says_next_not_what_was_told(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.moved["SPY"] = TWO
            await asyncio.sleep(100)
            await world.resume()
            world.broker.moved["SPY"] = ONE
            await asyncio.sleep(300)
            await world.approve("a1")
            await asyncio.sleep(1)
            assert world.broker.posts == ["a1"], "entries go on"
            world.broker.moved["SPY"] = THREE
            await asyncio.sleep(100)
            await world.approve("a2")
            await asyncio.sleep(10)

    world.play(scenario)
    told = [d for d in world.told(DriftFound) if d.difference is DriftKind.QUANTITY_DRIFT]
    assert [(d.ours, d.theirs, d.freezes) for d in told] == [("0", "2", True), ("0", "1", False), ("1", "3", True)]
    assert world.resolved() == [("quantity_drift", "SPY")]
    assert world.broker.posts == ["a1"], "what nobody has seen yet freezes again"


def test_an_order_that_the_broker_denies_freezes_its_symbol_until_a_person_lets_it_go(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.protect("x1")
            await asyncio.sleep(1)
            world.broker.forget("x1")
            await asyncio.sleep(100)
            await world.approve("a1")
            await asyncio.sleep(10)
            assert world.broker.posts == ["x1"]
            await world.resume()
            await asyncio.sleep(100)

    world.play(scenario)
    assert world.drifts() == [("order_denied", "SPY", "new", "")]
    assert world.resolved() == [("order_denied", "SPY")]
    assert (world.story("x1"), world.story("leg-x1")) == (["new", "canceled"], ["held", "canceled"])
    assert world.broker.posts == ["x1", "a1"]


def test_cash_that_no_fill_explains_is_told_once_and_then_believed(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await world.protect("x1")
            await asyncio.sleep(1)
            world.broker.fill("a1")
            await asyncio.sleep(100)
            world.broker.paid = Decimal("-0.05")
            await asyncio.sleep(300)

    world.play(scenario)
    assert world.drifts() == [("cash_drift", "USD", "99494.5", "99494.45")]
    assert world.resolved() == [("cash_drift", "USD")]


def test_each_kind_of_difference_has_a_policy_and_reaches_somebody():
    assert set(POLICIES) == set(DriftKind)
    assert all(policy & (Policy.ADOPT | Policy.ALERT) for policy in POLICIES.values())


def test_a_position_without_a_stop_is_told_until_one_rests(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await asyncio.sleep(200)
            await world.protect("x1")
            await asyncio.sleep(200)
            world.broker.cancel("b-x1")
            await asyncio.sleep(200)

    world.play(scenario)
    assert world.drifts() == [("missing_stop", "SPY", "", "3")] * 2


def test_a_position_that_is_protected_in_time_is_nobodys_worry(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.protect("x1")
            await asyncio.sleep(300)
            await world.take_back("c1", "x1")
            await world.close("z1")
            await asyncio.sleep(1)
            world.broker.fill("z1")
            await asyncio.sleep(300)

    world.play(scenario)
    assert world.drifts() == []
