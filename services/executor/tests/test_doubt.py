"""A broker to whom our id is a mere label: an order of which nobody knows is asked for, and never sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from contracts.orders import OrderChanged
from executor.brokers.broker import BrokerOrder, Ticket
from executor.brokers.memory import MemoryBroker
from tests.simulation.world import World

HOUR = 3600.0


class Labels(MemoryBroker):
    """Takes an order as often as it is sent; `before` is what the log told of each when it was sent."""

    def __init__(self) -> None:
        super().__init__(is_forgetful=True, unique_client_ids=False)
        self.before: dict[str, list[str]] = {}
        self.look: Callable[[str], list[str]] = lambda _: []

    def submit(self, ticket: Ticket) -> BrokerOrder:
        self.before[ticket.client_order_id] = self.look(ticket.client_order_id)
        return super().submit(ticket)


@pytest.fixture
def labels() -> Labels:
    return Labels()


@pytest.fixture
def world(labels: Labels) -> World:
    made = World(labels)
    labels.look = made.story
    return made


def script(world: World, **fates: str) -> None:
    named: Mapping[str, str] = fates
    for call, fate in named.items():
        world.broker.fates.script[call] = fate.split()


def test_that_it_may_be_sent_stands_in_the_log_before_it_is(world: World, labels: Labels):
    world.latency.append = lambda: 0.5

    async def scenario() -> None:
        async with world.executor(settle=5):
            await world.approve("a1")
            await asyncio.sleep(10)

    world.play(scenario)
    assert labels.before == {"a1": ["submitting"]}
    assert world.story("a1") == ["submitting", "new"]


def test_an_order_whose_answer_is_lost_is_found_by_its_tag(world: World):
    script(world, submit="unheard")

    async def scenario() -> None:
        async with world.executor():
            script(world, stream="dropped")
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["submitting", "unknown", "new"]


def test_what_is_never_found_is_never_sent_again_and_stays_in_doubt(world: World):
    script(world, submit="lost")

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(HOUR)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["submitting", "unknown"]
    assert 100 < len(world.broker.questions) < 300, "it is asked for to the end, at a slow pace"


def test_an_exit_in_doubt_is_not_sent_again_either_for_that_could_sell_twice(world: World):
    script(world, submit="lost lost")

    async def scenario() -> None:
        async with world.executor():
            await world.close("x1")
            await world.protect("x2")
            await asyncio.sleep(HOUR)

    world.play(scenario)
    assert sorted(world.broker.posts) == ["x1", "x2"]
    assert world.story("x1") == world.story("x2") == ["submitting", "unknown"]


def test_meanwhile_its_symbol_takes_no_entry_and_every_exit(world: World):
    script(world, submit="lost")

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(5)
            await world.approve("a2", seconds=60)
            await world.approve("b1", symbol="QQQ")
            await world.close("x1")
            await asyncio.sleep(HOUR)

    world.play(scenario)
    assert world.broker.posts[0] == "a1"
    assert sorted(world.broker.posts[1:]) == ["b1", "x1"]
    assert world.story("a2") == ["withheld"]


def test_restarts_do_not_turn_doubt_into_a_no_and_the_order_is_adopted_once_it_shows(world: World):
    script(world, submit="late")
    world.broker.late_by = 2 * HOUR

    async def scenario() -> None:
        for _ in range(3):
            async with world.executor():
                if not world.broker.posts:
                    await world.approve("a1")
                await asyncio.sleep(HOUR / 2)
        async with world.executor():
            await asyncio.sleep(HOUR)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1") == ["submitting", "unknown", "new"]


@pytest.mark.parametrize(("fate", "end"), [("", "new"), ("lost", "unknown")])
def test_an_executor_that_was_killed_while_sending_leaves_an_order_that_is_only_asked_for(
    world: World, fate: str, end: str
):
    script(world, submit=fate)

    async def scenario() -> None:
        world.latency.call = lambda: 0.5
        async with world.executor(settle=10, killed=True):
            await world.approve("a1")
            await asyncio.sleep(0.7)
        assert world.broker.posts == ["a1"]
        async with world.executor():
            await asyncio.sleep(HOUR)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.story("a1")[-1] == end


def test_what_was_asked_for_while_nobody_was_there_was_surely_never_sent(world: World):
    async def scenario() -> None:
        async with world.executor():
            pass
        await world.approve("a1")
        await world.protect("x1")
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert sorted(world.broker.posts) == ["a1", "x1"]
    assert world.story("a1") == ["submitting", "new"]


def test_what_the_broker_took_nothing_of_by_proof_is_sent_again(world: World):
    script(world, submit="down busy")

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"] * 3
    assert world.story("a1") == ["submitting", "new"]


def test_a_clear_no_is_an_end(world: World):
    script(world, submit="refused")

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert world.told(OrderChanged)[-1].code == "40310000"


@pytest.mark.parametrize("restarts", [False, True])
def test_a_person_who_looked_lets_go_of_an_order_that_never_arrived_and_its_symbol_goes_on(
    world: World, *, restarts: bool
):
    script(world, submit="lost")

    async def scenario() -> None:
        async with world.executor(killed=restarts):
            await world.approve("a1")
            await asyncio.sleep(HOUR / 2)
            await world.give_up("a1")
            await asyncio.sleep(0.0 if restarts else 60)
        async with world.executor():
            await world.approve("a2")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1", "a2"]
    assert world.story("a1") == ["submitting", "unknown", "canceled"]
    (last,) = (m for m in world.told(OrderChanged) if m.client_order_id == "a1" and m.n == 3)
    assert (last.code, last.reason) == ("never_arrived", "anna: looked")


def test_an_order_that_the_broker_shows_after_all_is_not_let_go_of(world: World):
    script(world, submit="late", stream="dropped")
    world.broker.late_by = HOUR / 2

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(HOUR / 2)
            world.broker.stream.is_mute = True
            await world.give_up("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == ["submitting", "unknown", "new"]


def test_only_an_order_in_doubt_is_let_go_of(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            await world.give_up("a1")
            await world.give_up("nobody")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == ["submitting", "new"]
