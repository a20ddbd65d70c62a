"""Who may ask next."""

from __future__ import annotations

import asyncio

from executor.brokers.broker import Allowance
from executor.budget import RESERVED, SLOTS, Budget, Priority
from tests.simulation.world import World


async def ask(budget: Budget, priority: Priority, order: list[Priority], seconds: float = 0.0) -> None:
    async with budget.turn(priority):
        order.append(priority)
        await asyncio.sleep(seconds)


def test_when_requests_are_short_the_most_important_goes_first(world: World):
    order: list[Priority] = []

    async def scenario() -> None:
        budget = Budget(60)
        budget.heard(Allowance(0, 60))
        async with asyncio.TaskGroup() as group:
            for priority in reversed(Priority):
                group.create_task(ask(budget, priority, order))

    world.play(scenario)
    assert order == list(Priority)


def test_bulk_reading_leaves_requests_for_entries_and_entries_for_exits(world: World):
    order: list[Priority] = []

    async def scenario() -> None:
        budget = Budget(100)
        asking = [asyncio.create_task(ask(budget, Priority.READ, order)) for _ in range(100)]
        await asyncio.sleep(0)
        assert len(order) <= 100
        await asyncio.sleep(0.01)
        assert len(order) == 80
        asking += [asyncio.create_task(ask(budget, Priority.ENTRY, order)) for _ in range(20)]
        await asyncio.sleep(0.01)
        assert len(order) == 90
        asking += [asyncio.create_task(ask(budget, Priority.EXIT, order)) for _ in range(10)]
        await asyncio.sleep(0.01)
        assert order[90:] == [Priority.EXIT] * 10
        await asyncio.gather(*asking)

    world.play(scenario)
    assert len(order) == 130


def test_no_more_are_asked_in_a_minute_than_the_first_burst_and_what_grows_back(world: World):
    moments: list[float] = []

    async def one(budget: Budget) -> None:
        async with budget.turn(Priority.EXIT):
            moments.append(asyncio.get_running_loop().time())

    async def scenario() -> None:
        budget = Budget(60)
        await asyncio.gather(*(one(budget) for _ in range(100)))

    world.play(scenario)
    assert sum(moment < 0.5 for moment in moments) == 60
    assert 39 <= max(moments) <= 41


def test_a_broker_that_hangs_holds_entries_but_not_exits(world: World):
    order: list[Priority] = []

    async def scenario() -> None:
        budget = Budget(0)
        hanging = [asyncio.create_task(ask(budget, Priority.ENTRY, order, seconds=10)) for _ in range(SLOTS)]
        await asyncio.sleep(1)
        assert len(order) == SLOTS - RESERVED
        await ask(budget, Priority.EXIT, order)
        assert order[-1] is Priority.EXIT
        await asyncio.gather(*hanging)

    world.play(scenario)


def test_after_too_many_requests_nobody_asks_for_a_while(world: World):
    order: list[Priority] = []

    async def scenario() -> None:
        budget = Budget(60)
        budget.pause(30)
        asking = asyncio.create_task(ask(budget, Priority.EXIT, order))
        await asyncio.sleep(29)
        assert order == []
        await asking

    world.play(scenario)
    assert order == [Priority.EXIT]


def test_who_gives_up_waiting_takes_nobodys_turn(world: World):
    order: list[Priority] = []

    async def scenario() -> None:
        budget = Budget(0, slots=RESERVED + 1)
        first = asyncio.create_task(ask(budget, Priority.ENTRY, order, seconds=5))
        await asyncio.sleep(1)
        second = asyncio.create_task(ask(budget, Priority.ENTRY, order))
        third = asyncio.create_task(ask(budget, Priority.ENTRY, order))
        await asyncio.sleep(1)
        second.cancel()
        await asyncio.gather(first, third)
        await ask(budget, Priority.ENTRY, order)

    world.play(scenario)
    assert len(order) == 3
