"""A stop that is to be raised: asked for once, looked at where the answer is lost, and a no is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.lifecycle import TERMINAL
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType
from executor.brokers.broker import BrokerOrder
from executor.brokers.memory import PRICE, MemoryBroker
from executor.moving import TRIES
from tests.simulation.world import World

RAISED, HIGHER = PRICE - 5, PRICE - 2
GROUPS = pytest.mark.parametrize("target", [PRICE * 2, None])


def stops(world: World) -> list[Decimal | None]:
    """Say where the stops are that rest at the broker."""
    orders = world.broker.orders.values()
    alive = [o for o in orders if o.status not in TERMINAL and o.ticket.type is OrderType.STOP]
    return [order.ticket.stop_price for order in alive]


def noes(world: World) -> list[tuple[str, str, str]]:
    """Give each no that was told: of which order, how it stood, and the code."""
    return [(m.client_order_id, str(m.status), m.code) for m in world.told(OrderChanged) if m.code]


def news(world: World, parent: str = "p1") -> list[str]:
    """Tell what was said of the orders that took the stop's place."""
    told = [m for m in world.told(OrderChanged) if m.client_order_id.startswith("raised")]
    assert {m.parent for m in told} <= {parent}
    return [f"{m.status} at {m.stop_price}" for m in told]


async def protect(world: World, target: Decimal | None = PRICE * 2) -> None:
    await world.enter("a1")
    await world.protect("p1", target=target)
    await asyncio.sleep(1)


@GROUPS
def test_a_stop_is_raised_and_what_took_its_place_is_part_of_the_protection(world: World, target: Decimal | None):
    async def scenario() -> None:
        async with world.executor():
            await protect(world, target)
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)
            await world.raise_stop("m2", "p1", HIGHER)
            await asyncio.sleep(1)
            assert stops(world) == [HIGHER]
            await world.take_back("c1", "p1")
            await asyncio.sleep(1)

    world.play(scenario)
    assert len(world.broker.moves) == 2
    assert news(world)[0] == f"new at {RAISED}"
    assert (stops(world), noes(world), world.drifts()) == ([], [], [])


@pytest.mark.parametrize("fate", ["down", "lost", "unheard"])
@GROUPS
def test_where_the_answer_is_lost_the_broker_is_looked_at_and_a_stop_is_raised_once(
    world: World, fate: str, target: Decimal | None
):
    async def scenario() -> None:
        async with world.executor():
            await protect(world, target)
            world.broker.stream.is_mute = True
            world.broker.fates.script["replace"] = [fate]
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(5)
            assert stops(world) == [RAISED]

    world.play(scenario)
    assert len(world.broker.moves) == (1 if fate == "unheard" else 2)
    assert (news(world)[0], noes(world)) == (f"new at {RAISED}", [])


def test_an_executor_that_was_killed_looks_before_it_asks_again(world: World):
    async def scenario() -> None:
        async with world.executor(killed=True):
            await protect(world)
            world.latency.append = lambda: 3600.0
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)
        world.latency.append = lambda: 0.0
        async with world.executor():
            await asyncio.sleep(5)

    world.play(scenario)
    assert ([price for _, price in world.broker.moves], stops(world)) == ([RAISED], [RAISED])


def test_what_was_wanted_while_no_executor_ran_is_done_by_the_next(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
        await world.raise_stop("m1", "p1", RAISED)
        async with world.executor():
            await asyncio.sleep(1)

    world.play(scenario)
    assert stops(world) == [RAISED]


def test_a_no_is_told_of_the_stop_which_stays_as_it_was(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.fates.script["replace"] = ["refused"]
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)

    world.play(scenario)
    assert noes(world) == [("leg-p1", "held", "40310000")]
    assert (stops(world), len(world.broker.moves)) == ([PRICE / 2], 1)


def test_a_broker_that_stays_silent_is_asked_so_often_and_then_it_is_told(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.fates.script["replace"] = ["down"] * 100
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(120)

    world.play(scenario)
    assert (len(world.broker.moves), noes(world)) == (TRIES, [("leg-p1", "held", "unavailable")])


def test_a_broker_that_changes_no_orders_is_not_asked(make_world: Callable[[MemoryBroker], World]):
    world = make_world(MemoryBroker(replace=False))

    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)

    world.play(scenario)
    assert (world.broker.moves, noes(world)) == ([], [("leg-p1", "held", "unsupported")])


def test_a_stop_that_fills_in_that_moment_is_told_of_as_filled_and_no_no_follows(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.stream.is_mute = True
            world.broker.fill("leg-p1")
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)

    world.play(scenario)
    assert world.story("leg-p1")[-1] == "filled"
    assert (stops(world), noes(world)) == ([], [])


def test_a_stop_that_a_person_has_raised_as_far_is_not_raised_again(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.replace_by_hand("leg-p1", "by-hand", HIGHER)
            await asyncio.sleep(1)
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)

    world.play(scenario)
    assert (world.broker.moves, stops(world), noes(world)) == ([], [HIGHER], [])


def test_one_that_is_taken_back_is_not_waited_for_nor_raised_any_more(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.fates.script["replace"] = ["down"] * 100
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)
            await world.take_back("c1", "p1")
            await asyncio.sleep(1)
            assert stops(world) == []
            asked = len(world.broker.moves)
            await asyncio.sleep(60)
            assert len(world.broker.moves) == asked

    world.play(scenario)
    assert noes(world) == []


@pytest.mark.parametrize("fates", [["", "unheard"], ["unheard"]])
@GROUPS
def test_what_took_the_place_of_a_stop_unheard_is_taken_back_with_it(
    world: World, fates: list[str], target: Decimal | None
):
    async def scenario() -> None:
        async with world.executor():
            await protect(world, target)
            world.broker.stream.is_mute = True
            world.broker.fates.script["replace"] = [*fates]
            for number, price in enumerate((RAISED, HIGHER)[: len(fates)]):
                await world.raise_stop(f"m{number}", "p1", price)
                await asyncio.sleep(0.02)
            await world.take_back("c1", "p1")
            await asyncio.sleep(3)
            assert stops(world) == []
            told = {m.client_order_id: m.status for m in world.told(OrderChanged) if m.purpose is Purpose.PROTECT}
            assert set(told.values()) <= TERMINAL, "nor does the log show one"

    world.play(scenario)
    assert len(world.broker.moves) == len(fates)


class InPlace(MemoryBroker):
    """Changes a stop and makes no other order of it, as Tradier does."""

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        self.moves.append((broker_order_id, stop_price))
        order = self.orders[broker_order_id.removeprefix("b-")]
        order.ticket, order.at = structs.replace(order.ticket, stop_price=stop_price), self.now()
        seen = self.order_by_id(broker_order_id)
        assert seen is not None
        return seen


@GROUPS
def test_a_stop_that_is_changed_in_place_is_told_of_at_its_new_price_and_raised_once(
    make_world: Callable[[MemoryBroker], World], target: Decimal | None
):
    world = make_world(InPlace())

    async def scenario() -> None:
        async with world.executor():
            await protect(world, target)
            for number, price in enumerate((RAISED, RAISED, HIGHER)):
                await world.raise_stop(f"m{number}", "p1", price)
                await asyncio.sleep(10)

    world.play(scenario)
    told = [
        m.stop_price for m in world.told(OrderChanged) if m.type is OrderType.STOP and m.parent == "p1" * bool(target)
    ]
    assert (told[-2:], noes(world)) == ([RAISED, HIGHER], [])
    assert [price for _, price in world.broker.moves] == [RAISED, HIGHER]


def test_a_stop_that_people_have_moved_twice_unheard_is_taken_back_where_it_is(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world, None)
            world.broker.stream.is_mute = True
            world.broker.replace_by_hand("p1", "by-hand-1", HIGHER)
            world.broker.replace_by_hand("by-hand-1", "by-hand-2", RAISED)
            await world.take_back("c1", "p1")
            await asyncio.sleep(3)
            assert stops(world) == []

    world.play(scenario)
    assert (world.story("by-hand-1"), world.story("by-hand-2")) == (["replaced"], ["new", "canceled"])


class Strict(MemoryBroker):
    """Takes no question about an order without a number, as alpaca-py does."""

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        if not broker_order_id:
            raise ValueError("order_id was empty, expected a UUID")
        return super().order_by_id(broker_order_id)


@GROUPS
def test_a_stop_of_which_nobody_knows_whether_it_arrived_is_raised_once_it_is_found(
    make_world: Callable[[MemoryBroker], World], target: Decimal | None
):
    world = make_world(Strict())

    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            world.broker.fates.script["submit"] = ["late"]
            world.broker.stream.is_mute = True
            await world.protect("p1", target=target)
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(10)
            await world.raise_stop("m2", "p1", RAISED)
            await asyncio.sleep(10)

    world.play(scenario)
    assert (stops(world), [code for *_, code in noes(world)]) == ([RAISED], ["no_stop"])


class Slow(MemoryBroker):
    """Answers with the stop as it was before."""

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        super().replace(broker_order_id, stop_price)
        seen = self.order_by_id(broker_order_id)
        assert seen is not None
        return seen


def test_a_broker_that_shows_a_stop_as_it_was_is_looked_at_until_it_shows_it_as_it_is(
    make_world: Callable[[MemoryBroker], World],
):
    world = make_world(Slow())

    async def scenario() -> None:
        async with world.executor():
            await protect(world, None)
            world.broker.stream.is_mute = True
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(3)

    world.play(scenario)
    assert (len(world.broker.moves), news(world), noes(world)) == (1, [f"new at {RAISED}"], [])


def test_what_else_befalls_a_protection_does_not_end_the_wish(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.fates.script["replace"] = ["down"] * 3
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(0.02)
            world.broker.fill("p1", Decimal(1))
            await asyncio.sleep(10)

    world.play(scenario)
    assert (stops(world), len(world.broker.moves), noes(world)) == ([RAISED], 4, [])


def test_a_wish_that_is_withdrawn_while_it_waits_for_its_turn_is_not_asked_for(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.fates.script["submit"] = ["busy"]
            await world.approve("b1", "QQQ")
            await asyncio.sleep(0.1)
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(0.1)
            await world.take_back("c1", "p1")
            await asyncio.sleep(10)

    world.play(scenario)
    assert (stops(world), world.broker.moves) == ([], [])


def test_what_is_to_be_taken_back_is_raised_no_more_though_it_rests_still(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            world.broker.fates.script |= {"replace": ["down"] * 100, "cancel": ["down"] * 100}
            await world.raise_stop("m1", "p1", RAISED)
            await asyncio.sleep(1)
            await world.take_back("c1", "p1")
            await asyncio.sleep(0.02)
            asked = len(world.broker.moves)
            await asyncio.sleep(60)
            assert (len(world.broker.moves), stops(world)) == (asked, [PRICE / 2])

    world.play(scenario)


def test_the_exits_that_an_entry_brought_along_are_a_protection_by_the_name_of_the_entry(
    make_world: Callable[[MemoryBroker], World],
):
    world = make_world(MemoryBroker(bracket=frozenset({OrderType.MARKET})))

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1", exits=(PRICE / 2, PRICE * 2))
            await asyncio.sleep(1)
            world.broker.fill("a1")
            await asyncio.sleep(1)
            await world.raise_stop("m1", "a1", RAISED)
            await asyncio.sleep(1)

    world.play(scenario)
    assert (stops(world), news(world, "a1"), noes(world)) == ([RAISED], [f"new at {RAISED}"], [])


def test_a_wish_for_what_has_ended_or_was_never_there_is_nobodys(world: World):
    async def scenario() -> None:
        async with world.executor():
            await protect(world)
            await world.take_back("c1", "p1")
            await asyncio.sleep(1)
            for number, target in enumerate(("p1", "p9")):
                await world.raise_stop(f"m{number}", target, RAISED)
            await asyncio.sleep(1)

    world.play(scenario)
    assert (world.broker.moves, noes(world)) == ([], [])
