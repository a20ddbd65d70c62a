"""The book against the broker: what was missed is told once, what differs is told when it is seen twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

import pytest

from contracts.accounts import AccountSnapshot, DriftFound
from contracts.lifecycle import WORKING, OrderStatus
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side
from executor.brokers.broker import BrokerOrder
from executor.brokers.memory import PRICE, MemoryBroker
from tests.simulation.world import World

ONE, TWO, THREE = Decimal(1), Decimal(2), Decimal(3)


def test_a_fill_that_the_stream_dropped_is_booked_once_at_its_own_price(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fill("a1", ONE)
            await asyncio.sleep(1)
            world.broker.fates.script["stream"] = ["dropped"]
            world.broker.fill("a1", TWO, PRICE + 3)
            await asyncio.sleep(200)

    world.play(scenario)
    assert world.fills("a1") == [(ONE, PRICE, ONE), (TWO, PRICE + 3, THREE)]
    assert world.story("a1") == ["new", "partially_filled", "filled"]


def test_a_broker_that_fails_every_other_question_is_read_all_the_same(world: World):
    async def scenario() -> None:
        world.broker.fates.script["read"] = ["down", "", "lost", ""] * 20
        async with world.executor():
            await asyncio.sleep(5)

    world.play(scenario)
    assert [one.n for one in world.told(AccountSnapshot)] == [1]


def test_a_market_order_whose_fill_nobody_told_of_is_asked_for_within_seconds(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fates.script["stream"] = ["dropped"]
            world.broker.fill("a1", THREE)
            await asyncio.sleep(6)
            assert world.fills("a1") == [(THREE, PRICE, THREE)]

    world.play(scenario)


def test_a_market_order_that_waits_is_asked_for_once_and_a_question_that_fails_ends_nothing(world: World):
    asked = 20

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fates.script["read"] = ["down"] * asked
            await asyncio.sleep(50)

    world.play(scenario)
    assert 1 <= asked - len(world.broker.fates.script["read"]) < 10
    assert world.story("a1") == ["new"]


def test_frames_that_come_twice_or_after_the_reconciliation_change_nothing(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script["stream"] = ["doubled", "late", "doubled"]
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fill("a1", ONE)
            world.broker.fill("a1", TWO)
            await asyncio.sleep(200)

    world.play(scenario)
    assert world.fills("a1") == [(THREE, PRICE, THREE)]
    assert world.story("a1") == ["new", "filled"]


def test_what_was_filled_while_nobody_listened_is_booked_at_the_next_start(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(5)
        world.broker.fill("a1")
        async with world.executor():
            await asyncio.sleep(5)

    world.play(scenario)
    assert world.fills("a1") == [(THREE, PRICE, THREE)]


def test_starting_three_times_tells_nothing_new_but_the_account(world: World):
    counts: list[int] = []

    async def scenario() -> None:
        world.broker.place_by_hand("by-hand")
        for start in range(5):
            async with world.executor():
                if start == 0:
                    await world.approve("a1")
                    await world.protect("x1")
                    await asyncio.sleep(5)
                    world.broker.fill("a1")
                await asyncio.sleep(30)
            told = (*world.told(OrderChanged), *world.told(DriftFound))
            counts.append(len(told))

    world.play(scenario)
    assert counts == [counts[0]] * 5


class Asked(MemoryBroker):
    """Remembers which orders were asked for by their numbers."""

    def __init__(self) -> None:
        super().__init__(bracket=frozenset({OrderType.MARKET}))
        self.asked: list[str] = []

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        self.asked.append(broker_order_id)
        return super().order_by_id(broker_order_id)


def test_exits_that_no_listing_shows_are_asked_for_once_by_the_entry_that_they_came_with(
    make_world: Callable[[MemoryBroker], World],
):
    broker = Asked()
    world = make_world(broker)

    async def scenario() -> None:
        async with world.executor():
            for name in ("a1", "a2"):
                await world.approve(name, exits=(PRICE / 2, PRICE * 2))
                await asyncio.sleep(1)
                world.broker.fill(name)
            await asyncio.sleep(200)
            world.broker.replace_by_hand("leg-a1", "moved", PRICE / 3)
            broker.asked.clear()
            await asyncio.sleep(60)
            assert sorted(broker.asked) == ["b-a1", "b-a2"]
            world.broker.stream.is_mute = True
            world.broker.end("a2", OrderStatus.CANCELED)
            await asyncio.sleep(60)

    world.play(scenario)
    assert (world.story("leg-a2")[-1], world.story("profit-a2")[-1], world.story("moved")) == (
        "canceled", "canceled", ["new"],
    )  # fmt: skip


class Hiding(MemoryBroker):
    """Lists nothing that took another's place, as if it hung on an order that is over."""

    def open_orders(self) -> Sequence[BrokerOrder]:
        return [one for one in super().open_orders() if not one.replaces]

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        return [one for one in super().recent_orders(after) if not one.replaces]


@pytest.mark.parametrize("kind", [MemoryBroker, Hiding])
@pytest.mark.parametrize("target", [PRICE * 2, None])
def test_a_stop_that_a_person_moved_twice_while_nobody_listened_is_ours_still(
    make_world: Callable[[MemoryBroker], World], kind: type[MemoryBroker], target: Decimal | None
):
    world = make_world(kind())

    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.protect("x1", target=target)
            await asyncio.sleep(1)
            world.broker.stream.is_mute = True
            world.broker.replace_by_hand("x1" if target is None else "leg-x1", "once", PRICE / 3)
            world.broker.replace_by_hand("once", "twice", PRICE / 4)
            await asyncio.sleep(100)

    world.play(scenario)
    (told,) = (m for m in world.told(OrderChanged) if m.client_order_id == "twice")
    assert (told.purpose, told.parent, told.status in WORKING) == (Purpose.PROTECT, "x1", True)
    assert world.drifts() == []


def test_what_took_the_place_of_an_exit_and_is_shown_with_no_other_order_is_asked_for_by_itself(
    make_world: Callable[[MemoryBroker], World],
):
    world = make_world(Hiding(bracket=frozenset({OrderType.MARKET})))

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1", exits=(PRICE / 2, PRICE * 2))
            await asyncio.sleep(1)
            world.broker.fill("a1")
            world.broker.replace_by_hand("leg-a1", "moved", PRICE / 3)
            await asyncio.sleep(1)
            world.broker.stream.is_mute = True
            world.broker.end("a1", OrderStatus.CANCELED)
            await asyncio.sleep(100)

    world.play(scenario)
    assert (world.story("moved"), world.story("profit-a1")[-1]) == (["new", "canceled"], "canceled")


def test_a_persons_order_is_adopted_with_its_fills(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.place_by_hand("by hand 1")
            await asyncio.sleep(10)
            world.broker.fill("by hand 1")
            await asyncio.sleep(100)

    world.play(scenario)
    (first, *_, last) = world.told(OrderChanged)
    assert (first.purpose, first.status, last.status) == (Purpose.EXTERNAL, "new", "filled")
    assert world.fills(first.client_order_id) == [(TWO, PRICE, TWO)]
    assert first.client_order_id != "by hand 1", "a name with a space cannot be a subject"
    assert world.drifts() == [("external_order", "QQQ", "", "buy 2"), ("missing_stop", "QQQ", "", "2")]
    assert world.resolved() == [("external_order", "QQQ")]


def test_a_stop_that_a_person_moved_is_followed_as_ours_and_canceled_in_its_place(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await world.protect("x1", target=None)
            await asyncio.sleep(1)
            world.broker.fill("a1")
            world.broker.replace_by_hand("x1", "moved", PRICE / 3)
            await asyncio.sleep(100)
            await world.take_back("c1", "x1")
            await asyncio.sleep(30)

    world.play(scenario)
    followed = [m for m in world.told(OrderChanged) if m.client_order_id == "moved"]
    assert {(m.parent, m.purpose, m.stop_price) for m in followed} == {("x1", Purpose.PROTECT, PRICE / 3)}
    assert (world.story("x1"), world.story("moved")) == (["new", "replaced"], ["new", "canceled"])
    assert world.drifts() == [("missing_stop", "SPY", "", "3")], "only once the stop was taken back"


def test_the_account_is_told_at_the_start_after_fills_and_every_minute(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            world.broker.fill("a1", ONE)
            world.broker.fill("a1", TWO)
            await asyncio.sleep(7)
            held = [h.qty for s in world.told(AccountSnapshot) for h in s.positions]
            assert held
            assert set(held) == {THREE}
            early = len(world.told(AccountSnapshot))
            await world.protect("x1")
            await asyncio.sleep(3600)
            assert 55 <= len(world.told(AccountSnapshot)) - early <= 70

    world.play(scenario)
    numbers = [s.n for s in world.told(AccountSnapshot)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_leg_that_fills_is_told_under_its_own_name_with_its_parent(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.protect("x1")
            await asyncio.sleep(3)
            world.broker.fill("leg-x1", price=PRICE / 2)
            await asyncio.sleep(100)

    world.play(scenario)
    legs = [m for m in world.told(OrderChanged) if m.client_order_id == "leg-x1"]
    assert {(m.parent, m.purpose, m.side) for m in legs} == {("x1", Purpose.PROTECT, Side.SELL)}
    assert world.fills("leg-x1") == [(THREE, PRICE / 2, THREE)]
    assert world.story("x1")[-1] == "canceled"


def test_what_a_person_traded_while_no_executor_ran_for_an_hour_is_adopted(world: World):
    async def scenario() -> None:
        async with world.executor():
            await asyncio.sleep(5)
        world.broker.place_by_hand("by-hand")
        world.broker.fill("by-hand")
        await asyncio.sleep(3600)
        async with world.executor():
            await asyncio.sleep(100)

    world.play(scenario)
    assert world.fills("by-hand") == [(TWO, PRICE, TWO)]
    assert world.drifts() == [("missing_stop", "QQQ", "", "2")]


def test_a_cancel_that_was_asked_for_before_a_restart_is_carried_out_after_it(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.protect("x1")
            await asyncio.sleep(5)
            world.broker.fates.script["cancel"] = ["down"] * 100
            await world.take_back("c1", "x1")
            await asyncio.sleep(15)
        world.broker.fates.script.clear()
        async with world.executor():
            await asyncio.sleep(30)

    world.play(scenario)
    assert world.story("x1") == ["new", "canceled"]


def test_a_cancel_of_an_order_that_the_broker_does_not_find_yet_is_asked_for_again(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.fates.script["submit"] = ["lagging"]
            await world.protect("x1")
            await world.take_back("c1", "x1")
            await asyncio.sleep(30)

    world.play(scenario)
    assert world.story("x1") == ["new", "canceled"]
