"""An entry that a halt takes back ends cleanly everywhere: reserved no more, and what it bought is protected."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from contracts.control import Halted
from contracts.exits import PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.log import Message, decode
from contracts.orders import OrderChanged
from executor.brokers.memory import PRICE
from position_manager import core as position_manager
from position_manager.state import State as Positions
from risk import core as gate
from risk.state import State
from tests.simulation.world import World

HALT = Halted(control_id="h1", scope="paper", by="ann", why="news")


def played(bought: int, *, late: int = 0) -> list[Message]:
    """Halt trading while an entry of three works; give the log."""
    world = World()

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(1)
            if bought:
                world.broker.fill("a1", Decimal(bought))
            await asyncio.sleep(1)
            await world.add(HALT)
            await asyncio.sleep(5)
            if late:
                world.broker.fill("a1", Decimal(late))
            await asyncio.sleep(100)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    return [decode(record.data) for record in world.log.records]


@pytest.mark.parametrize(("bought", "late"), [(0, 0), (2, 0), (2, 1), (0, 1)])
def test_what_was_promised_is_released_once_and_what_was_bought_is_held(bought: int, late: int):
    log, state = played(bought, late=late), State(account="paper")
    ends = [m for m in log if isinstance(m, OrderChanged) and m.status is OrderStatus.CANCELED]
    assert ends
    for fact in log:
        gate.evolve(state, fact)
    held = state.position("SPY")
    assert (held.filled, held.pending) == (bought + late, 0)
    assert (state.entries, state.unknown, state.reserved) == ({}, {}, 0)
    assert list(state.halts) == ["h1"]


@pytest.mark.parametrize(("bought", "late"), [(0, 0), (2, 0), (2, 1), (0, 1)])
def test_what_was_bought_is_protected(bought: int, late: int):
    state, placed = Positions(account="paper"), list[PlaceProtection]()
    for fact in played(bought, late=late):
        outputs = position_manager.decide(state, fact)
        for one in (fact, *outputs):
            position_manager.evolve(state, one)
        placed += [one for one in outputs if isinstance(one, PlaceProtection)]
    assert sum(one.qty for one in placed) == bought + late
    assert all(one.stop_price < PRICE for one in placed)
