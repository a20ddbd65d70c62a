"""Who may ask next."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from executor.brokers.broker import Allowance
from executor.budget import KEPT_FREE, PROBE_SECONDS, RESERVED, SLOTS, Budget, Priority
from tests.simulation.world import World

LONGEST = 5.0


class Caller(Struct, frozen=True):
    """Comes `after` the one before it, and holds its turn for `seconds`."""

    after: float
    priority: Priority
    seconds: float


class Turn(Struct, frozen=True):
    caller: Caller
    came: float
    began: float

    @property
    def ended(self) -> float:
        return self.began + self.caller.seconds


async def turns(budget: Budget, callers: list[Caller]) -> list[Turn]:
    """Let callers come one after the other; list their turns in the order in which they got them."""
    loop, had = asyncio.get_running_loop(), list[Turn]()

    async def call(caller: Caller) -> None:
        came = loop.time()
        async with budget.turn(caller.priority):
            had.append(Turn(caller, came, loop.time()))
            await asyncio.sleep(caller.seconds)

    async with asyncio.TaskGroup() as group:
        for caller in callers:
            await asyncio.sleep(caller.after)
            group.create_task(call(caller))
    return had


CALLERS = st.lists(
    st.builds(
        Caller, st.sampled_from([0.0, 0.0, 0.1, 3.0]), st.sampled_from(Priority), st.sampled_from([0.0, 0.3, LONGEST])
    ),
    max_size=80,
)


@given(CALLERS, st.sampled_from([20, 60]))
def test_whoever_comes_an_exit_waits_for_its_own_kind_and_for_what_is_in_flight_only(
    callers: list[Caller], per_minute: int
):
    had: list[Turn] = []

    async def scenario() -> None:
        had.extend(await turns(Budget(per_minute), callers))

    World().play(scenario)
    assert len(had) == len(callers)
    for index, turn in enumerate(had):
        if turn.caller.priority is not Priority.EXIT:
            assert not [late for late in had[index + 1 :] if overtaken(late, turn)]
            continue
        ahead = [one for one in had[:index] if one.caller.priority is Priority.EXIT and one.began >= turn.came]
        flying = [one for one in had[:index] if one.came <= turn.came < one.ended]
        # Beside them, the request itself must have grown back.
        assert turn.began - turn.came <= (len(ahead) + len(flying)) * LONGEST + (len(ahead) + 1) * 60 / per_minute


def overtaken(exit_turn: Turn, by: Turn) -> bool:
    return exit_turn.caller.priority is Priority.EXIT and exit_turn.came < by.began < exit_turn.began


@given(CALLERS, st.sampled_from([20, 60]))
def test_whoever_comes_nobody_eats_what_is_kept_for_those_above(callers: list[Caller], per_minute: int):
    had: list[Turn] = []

    async def scenario() -> None:
        had.extend(await turns(Budget(per_minute), callers))

    World().play(scenario)
    left, at = float(per_minute), 0.0
    for turn in had:
        left, at = min(per_minute, left + (turn.began - at) * per_minute / 60) - 1, turn.began
        assert left >= KEPT_FREE[turn.caller.priority] * per_minute - 1e-6
        others = [one for one in had if one.caller.priority > Priority.CANCEL and one.began <= at < one.ended]
        assert len(others) <= SLOTS - RESERVED


def test_the_window_that_the_broker_names_is_believed(world: World):
    moments: list[float] = []

    async def one(budget: Budget) -> None:
        async with budget.turn(Priority.EXIT):
            moments.append(asyncio.get_running_loop().time())

    async def scenario() -> None:
        budget = Budget(60)
        budget.heard(Allowance(3, 100, resets_in=40))
        budget.heard(Allowance(5, 100, resets_in=39.5))
        await asyncio.gather(*(one(budget) for _ in range(103)))

    world.play(scenario)
    assert [round(moment) for moment in moments] == [0] * 3 + [40] * 100


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


@pytest.mark.parametrize("priority", [Priority.PROTECT, Priority.ENTRY, Priority.READ])
def test_after_too_many_requests_nobody_asks_for_a_while_who_is_not_in_a_hurry(world: World, priority: Priority):
    order: list[Priority] = []

    async def scenario() -> None:
        budget = Budget(60)
        budget.pause(30)
        asking = asyncio.create_task(ask(budget, priority, order))
        await asyncio.sleep(29)
        assert order == []
        await asking

    world.play(scenario)
    assert order == [priority]


class Strict:
    """A broker that takes nothing until `opens`, and says that this lasts for `says` seconds from its first no on."""

    def __init__(self, opens: float, says: float) -> None:
        self.opens, self.says = opens, says
        self.asked: list[tuple[float, Priority]] = []
        self.flying = self.most_flying = 0

    async def call(self, budget: Budget, priority: Priority) -> None:
        """Ask until it is taken."""
        loop, taken = asyncio.get_running_loop(), False
        while not taken:
            async with budget.turn(priority):
                self.asked.append((loop.time(), priority))
                self.flying += 1
                if loop.time() < self.says:
                    self.most_flying = max(self.most_flying, self.flying)
                await asyncio.sleep(0.1)
                self.flying -= 1
                taken = loop.time() >= self.opens
                if not taken:
                    budget.heard(Allowance(0, 60, resets_in=self.says - loop.time()))
                    budget.pause(self.says - loop.time())


HURRIED = st.lists(st.sampled_from([*Priority, Priority.EXIT, Priority.CANCEL]), min_size=1, max_size=12)


@given(HURRIED, st.floats(1, 60), st.floats(0, 1))
def test_while_it_is_too_much_exits_and_cancels_probe_one_by_one_less_and_less_often_and_nobody_else_does(
    callers: list[Priority], says: float, share: float
):
    broker = Strict(opens=says * share, says=says)

    async def scenario() -> None:
        budget = Budget(60)
        broker.asked.append((0.0, Priority.READ))
        budget.heard(Allowance(0, 60, resets_in=says))
        budget.pause(says)
        await asyncio.gather(*(broker.call(budget, one) for one in callers))

    World().play(scenario)
    early = [(at, priority) for at, priority in broker.asked[1:] if at < says]
    assert {priority for _, priority in early} <= {Priority.EXIT, Priority.CANCEL}
    refused = [at for at, _ in early if at + 0.1 < broker.opens]
    starts = [0.0, *(at + 0.1 for at in refused)]
    waits = [at - before for before, at in zip(starts, refused, strict=False)]
    assert all(wait >= PROBE_SECONDS * 2**n - 1e-6 for n, wait in enumerate(waits))
    assert broker.most_flying <= 1
    # Once it is taken again, all that is in a hurry goes at once, one after the other.
    hurried = [at for at, priority in broker.asked[1:] if priority <= Priority.CANCEL and at + 0.1 >= broker.opens]
    assert all(after - before <= 0.1 + 1e-6 for before, after in pairwise(sorted(hurried)))
    assert min(hurried, default=0.0) <= min(says, 3 * max(broker.opens, PROBE_SECONDS) + 1) + 1e-6


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
