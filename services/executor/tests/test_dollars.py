"""An entry for dollars: sent as such where that is taken, else as whole shares; what it bought is told exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import Asset, Capabilities, OrderClass, Ticket
from executor.brokers.memory import PRICE, START, MemoryBroker
from executor.order import Order
from executor.tickets import ticket
from tests.simulation.world import World

D = Decimal
GUESS = D("2.967359050")
"""What 500 dollars buy at the price that the entry was approved at."""

ORDER = Order(
    client_order_id="a1", purpose=Purpose.ENTRY, symbol="SPY", side=Side.BUY, qty=GUESS, notional=D(500),
    type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=START,
)  # fmt: skip
TICKET = Ticket(
    client_order_id="a1", symbol="SPY", side=Side.BUY, qty=GUESS, notional=D(500), type=OrderType.MARKET,
    time_in_force=TimeInForce.DAY,
)  # fmt: skip
CAN = Capabilities(
    unique_client_ids=True, fractional=True, oco=True, extended_hours=True, trailing=False, refuses_wash_trades=False,
    notional=True, bracket=frozenset({OrderType.MARKET}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("can", "whole", "sent"),
    [
        (CAN, False, TICKET),
        (CAN, True, structs.replace(TICKET, qty=D(2), notional=None)),
        (structs.replace(CAN, notional=False), False, structs.replace(TICKET, notional=None)),
    ],
    ids=["dollars", "whole shares", "parts of shares"],
)
def test_dollars_go_out_as_what_the_broker_takes(can: Capabilities, *, whole: bool, sent: Ticket):
    assert ticket(ORDER, can, whole=whole) == sent


@pytest.mark.parametrize(("whole", "group"), [(False, OrderClass.SIMPLE), (True, OrderClass.BRACKET)])
def test_an_entry_for_dollars_brings_no_exits_along(*, whole: bool, group: OrderClass):
    out = ticket(structs.replace(ORDER, take_profit=D(200), stop_loss=D(150)), CAN, whole=whole)
    assert out.order_class is group
    assert (out.take_profit is None) == (out.stop_loss is None) == (not whole)


def told(world: World, *names: str) -> list[tuple[Any, ...]]:
    """Give these parts of every fact about the order."""
    return [tuple(getattr(m, name) for name in names) for m in world.told(OrderChanged) if m.client_order_id == "a1"]


def test_until_it_is_filled_its_shares_are_a_guess_and_then_they_are_what_it_bought(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.spend("a1", D(500))
            await asyncio.sleep(1)
            world.broker.fill("a1", D(1), D(100))
            await asyncio.sleep(1)
            world.broker.fill("a1", D(3), D(80))
            await asyncio.sleep(1)
            world.broker.fill("a1", price=D(120))
            await asyncio.sleep(200)

    world.play(scenario)
    assert told(world, "status", "notional", "qty", "filled_qty") == [
        ("new", 500, GUESS, 0),
        ("partially_filled", 500, GUESS, 1),
        ("partially_filled", 500, 4, 4),
        ("filled", 500, D("5.333333333"), D("5.333333333")),
    ]
    assert world.fills("a1") == [
        (1, 100, 1), (3, 80, 4), (D("1.333333333"), 120, D("5.333333333")),
    ]  # fmt: skip
    assert {kind for kind, *_ in world.drifts()} == {"missing_stop"}


def test_what_is_canceled_in_parts_keeps_its_guess(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.spend("a1", D(500))
            await asyncio.sleep(1)
            world.broker.fill("a1", D(1))
            world.broker.end("a1", OrderStatus.CANCELED)
            await asyncio.sleep(200)

    world.play(scenario)
    assert told(world, "status", "qty", "filled_qty")[-1] == ("canceled", GUESS, 1)


def whole_only(*, notional: bool) -> MemoryBroker:
    """Make a broker with an asset that has no parts of shares, and that takes dollars for the rest, or never does."""
    broker = MemoryBroker(notional=notional)
    broker.assets["SPY"] = Asset(tradable=True)
    return broker


@pytest.mark.parametrize("notional", [True, False])
@pytest.mark.parametrize("fate", ["", "down", "lost", "unheard"])
def test_where_there_are_no_parts_whole_shares_are_bought_under_the_same_id_once(
    make_world: Callable[[MemoryBroker], World], fate: str, *, notional: bool
):
    world = make_world(whole_only(notional=notional))
    world.broker.fates.script["submit"] = [fate, fate]

    async def scenario() -> None:
        async with world.executor():
            await world.spend("a1", D(500))
            await asyncio.sleep(60)
            world.broker.fill("a1")
            await asyncio.sleep(1)

    world.play(scenario)
    assert set(world.broker.posts) == {"a1"}
    assert world.broker.held() == {"SPY": 2}
    assert told(world, "status", "notional", "qty", "filled_qty")[-1] == ("filled", None, 2, 2)


def test_dollars_that_buy_no_whole_share_are_withheld(make_world: Callable[[MemoryBroker], World]):
    world = make_world(whole_only(notional=True))

    async def scenario() -> None:
        async with world.executor():
            await world.spend("a1", D(100))
            await asyncio.sleep(60)

    world.play(scenario)
    assert told(world, "status", "code", "reason")[-1] == (
        "withheld", "fractional", "the broker takes whole shares only, and these are 0.59347181",
    )  # fmt: skip


def test_an_answer_that_is_lost_leaves_one_order(world: World):
    world.broker.fates.script["submit"] = ["unheard"]

    async def scenario() -> None:
        async with world.executor(killed=True):
            await world.spend("a1", D(500))
            await asyncio.sleep(0.02)
        async with world.executor():
            await asyncio.sleep(60)
            world.broker.fill("a1")
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.broker.posts == ["a1"]
    assert told(world, "status", "notional")[-1] == ("filled", 500)


def test_an_order_of_others_for_dollars_is_told_as_such(world: World):
    async def scenario() -> None:
        async with world.executor():
            world.broker.submit(structs.replace(TICKET, client_order_id="hand"))
            await asyncio.sleep(200)
            world.broker.fill("hand", price=PRICE / 2)
            await asyncio.sleep(200)

    world.play(scenario)
    assert world.drifts()[0] == ("external_order", "SPY", "", "buy for 500 dollars")
    assert {kind for kind, *_ in world.drifts()} == {"external_order", "missing_stop"}
    last = [m for m in world.told(OrderChanged) if m.client_order_id == "hand"][-1]
    assert (last.status, last.notional, last.qty) == ("filled", 500, D("5.934718100"))
