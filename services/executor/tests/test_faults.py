"""Seeded runs against a broker that lies, loses and lags: nothing is doubled, nothing is lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.lifecycle import OPEN, OrderStatus, may_become
from contracts.orders import OrderChanged, OrderFilled
from executor.brokers.memory import MemoryBroker
from tests.simulation.world import World

SEEDS = 200
CHUNK = 20
SYMBOLS = ("SPY", "QQQ", "IWM", "AAPL")


async def market(world: World, dice: random.Random) -> None:
    """Take orders as a market would: now and then, some of them in parts."""
    while True:
        await asyncio.sleep(dice.uniform(0.1, 2))
        resting = [i for i, o in world.broker.orders.items() if o.status in OPEN and o.status is not OrderStatus.HELD]
        if resting:
            world.broker.fill(dice.choice(resting), Decimal(dice.randint(1, 3)))


async def intents(world: World, dice: random.Random) -> list[str]:
    """Ask for entries, protections, cancels and closes."""
    asked: list[str] = []
    for number in range(12):
        await asyncio.sleep(dice.uniform(0, 4))
        symbol, name = dice.choice(SYMBOLS), f"o{number}"
        match dice.randrange(4):
            case 0:
                await world.protect(name, symbol)
                if dice.random() < 0.5:
                    await asyncio.sleep(dice.uniform(0, 10))
                    await world.take_back(f"c{number}", name, symbol)
            case 1:
                await world.close(name, symbol)
            case _:
                await world.approve(name, symbol, seconds=dice.choice((30, 3600)))
        asked.append(name)
    return asked


async def session(world: World, dice: random.Random) -> list[str]:
    """Trade through faults with restarts in between, then let everything heal and settle."""
    taking = asyncio.create_task(market(world, dice))
    asking = asyncio.create_task(intents(world, dice))
    for _ in range(dice.randrange(3)):
        async with world.executor():
            await asyncio.sleep(dice.uniform(1, 20))
    async with world.executor():
        asked = await asking
        taking.cancel()
        world.broker.fates.heal()
        await asyncio.sleep(200)
    return asked


def play(world: World, seed: int) -> list[str]:
    asked: list[str] = []
    random.seed(seed)  # waits between tries are drawn from it

    async def scenario() -> None:
        asked.extend(await session(world, random.Random(seed)))

    world.play(scenario)
    return asked


def check(world: World, asked: list[str]) -> None:
    """Hold the log against the broker's memory."""
    last = {m.client_order_id: m for m in world.told(OrderChanged)}
    assert world.broker.doubled == []
    assert set(asked) <= set(last), "an intent of which nothing was ever told"
    for name, told in last.items():
        theirs = world.broker.orders.get(name)
        if theirs is None:
            assert told.status in {OrderStatus.WITHHELD, OrderStatus.REJECTED}, name
        else:
            assert (told.status, told.filled_qty) == (theirs.status, theirs.filled), name
    assert set(world.broker.orders) <= set(last), "an order of which nothing was told"
    check_counts(world)


def check_counts(world: World) -> None:
    changes, whole = Counter[str](), dict[str, Decimal]()
    statuses: dict[str, OrderStatus] = {}
    for change in world.told(OrderChanged):
        changes[change.client_order_id] += 1
        assert change.n == changes[change.client_order_id], "a hole among an order's facts"
        before = statuses.get(change.client_order_id, change.status)
        assert before is change.status or may_become(before, change.status), "a step that no order's life has"
        statuses[change.client_order_id] = change.status
    for fill in world.told(OrderFilled):
        whole[fill.client_order_id] = whole.get(fill.client_order_id, Decimal(0)) + fill.qty
        assert fill.cum_qty == whole[fill.client_order_id], "an execution lost or told twice"
    filled = {i: o.filled for i, o in world.broker.orders.items() if o.filled}
    assert whole == filled


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_order_is_doubled_or_lost_whatever_the_broker_does(first: int, make_world: Callable[[MemoryBroker], World]):
    for seed in range(first, first + CHUNK):
        # A broker that does not mind a used id shows every order that was sent again without need.
        world = make_world(MemoryBroker(random.Random(seed), is_forgetful=True))
        check(world, play(world, seed))
