"""What an order is when it goes out: on the price grid, and whole where it has to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from contracts.orders import OrderChanged, Purpose
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from executor.brokers.broker import BrokerOrder, Capabilities, OrderClass, OrderRefusedError, Ticket
from executor.brokers.memory import PRICE, START, MemoryBroker
from executor.order import Order
from executor.tickets import ticket
from tests.simulation.world import World

ORDER = Order(
    client_order_id="a1", purpose=Purpose.ENTRY, symbol="SPY", side=Side.BUY, qty=Decimal("1.5"),
    type=OrderType.LIMIT, time_in_force=TimeInForce.DAY, at=START, limit_price=Decimal("168.505"),
)  # fmt: skip
TICKET = Ticket(
    client_order_id="a1", symbol="SPY", side=Side.BUY, qty=Decimal("1.5"), type=OrderType.LIMIT,
    time_in_force=TimeInForce.DAY, limit_price=Decimal("168.51"),
)  # fmt: skip


CAN = Capabilities(
    unique_client_ids=True, fractional=True, oco=True, extended_hours=True, trailing=False,
    bracket=frozenset({OrderType.LIMIT}), refuses_wash_trades=True,
)  # fmt: skip


def test_a_price_goes_out_on_the_grid_and_a_fraction_as_it_is_where_the_broker_takes_it():
    assert ticket(ORDER, CAN, whole=False) == TICKET


@pytest.mark.parametrize(("qty", "whole"), [("1.5", "1"), ("3", "3"), ("0.999", "0")])
def test_of_a_fraction_only_the_whole_shares_go_out_where_it_does_not(qty: str, whole: str):
    assert ticket(structs.replace(ORDER, qty=Decimal(qty)), CAN, whole=True).qty == Decimal(whole)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [("168.504", "168.50"), ("168.505", "168.51"), ("1", "1.00"), ("0.99994", "0.9999"), ("0.12345", "0.1235")],
)
def test_both_exits_of_a_group_go_out_on_the_grid(asked: str, sent: str):
    group = structs.replace(ORDER, oco=True, side=Side.SELL, limit_price=Decimal(asked), stop_price=Decimal(asked))
    out = ticket(group, CAN, whole=False)
    assert (out.order_class, out.limit_price, out.stop_price) == (OrderClass.OCO, None, None)
    assert (str(out.take_profit), str(out.stop_loss)) == (sent, sent)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, OrderClass.BRACKET),
        ({"take_profit": None}, OrderClass.OTO),
        ({"take_profit": None, "stop_loss": None}, OrderClass.SIMPLE),
        ({"type": OrderType.MARKET, "limit_price": None}, OrderClass.SIMPLE),
        ({"qty": Decimal("1.5")}, OrderClass.SIMPLE),
        ({"extended_hours": True}, OrderClass.SIMPLE),
    ],
)
def test_an_entry_brings_its_exits_along_where_the_broker_takes_the_group(asked: dict[str, Any], sent: OrderClass):
    entry = structs.replace(ORDER, qty=Decimal(2), take_profit=Decimal("202.204"), stop_loss=Decimal("160.076"))
    out = ticket(structs.replace(entry, **asked), CAN, whole=False)
    assert out.order_class is sent
    exits = (out.take_profit, out.stop_loss)
    expected = {OrderClass.BRACKET: ("202.20", "160.08"), OrderClass.OTO: (None, "160.08")}.get(sent, (None, None))
    assert exits == tuple(None if price is None else Decimal(price) for price in expected)


@pytest.mark.parametrize(
    ("purpose", "oco", "closes"),
    [
        (Purpose.ENTRY, False, False),
        (Purpose.PROTECT, False, True),
        (Purpose.CLOSE, False, True),
        # Two exits that hang together are taken only where there is a position.
        (Purpose.PROTECT, True, False),
    ],
)
def test_an_exit_that_stands_alone_goes_out_as_one_that_closes(purpose: Purpose, *, oco: bool, closes: bool):
    order = structs.replace(ORDER, purpose=purpose, oco=oco, stop_price=Decimal(160))
    assert ticket(order, CAN, whole=False).closes == closes


class WholeOnly(MemoryBroker):
    """Has no fractions: of anything, as its capabilities tell, or of this asset, as only its answer tells."""

    def __init__(self, *, told_by: str) -> None:
        super().__init__()
        self._told_by = told_by

    @property
    def capabilities(self) -> Capabilities:
        return structs.replace(super().capabilities, fractional=self._told_by == "answer")

    def submit(self, ticket: Ticket) -> BrokerOrder:
        if ticket.qty % 1:
            self.sent.append((self.now(), ticket))
            raise OrderRefusedError("40310000", 'asset "SPY" is not fractionable', status=403, whole_only=True)
        return super().submit(ticket)


def approval(world: World, qty: str) -> OrderApproved:
    at = world.broker.now()
    return OrderApproved(
        approval_id="a1", signal_id="s1", account="paper", source=Source.WS, symbol="SPY", side=Side.BUY,
        qty=Decimal(qty), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=PRICE, at=at,
        expires_at=at + timedelta(hours=1), checks=(),
    )  # fmt: skip


def placed(world: World, qty: str) -> tuple[list[str], OrderChanged]:
    """Approve an order; say which quantities were sent, and what was told last."""

    async def scenario() -> None:
        async with world.executor():
            await world.add(approval(world, qty))
            await asyncio.sleep(60)

    world.play(scenario)
    return [str(sent.qty) for _, sent in world.broker.sent], world.told(OrderChanged)[-1]


@pytest.mark.parametrize(("told_by", "sent"), [("capabilities", ["1"]), ("answer", ["1.5", "1"])])
def test_a_fraction_falls_back_to_whole_shares(
    make_world: Callable[[MemoryBroker], World], told_by: str, sent: list[str]
):
    quantities, last = placed(make_world(WholeOnly(told_by=told_by)), "1.5")
    assert quantities == sent
    assert (last.status, last.qty) == ("new", 1)


@pytest.mark.parametrize("told_by", ["capabilities", "answer"])
def test_less_than_one_share_is_withheld_where_there_are_no_fractions(
    make_world: Callable[[MemoryBroker], World], told_by: str
):
    quantities, last = placed(make_world(WholeOnly(told_by=told_by)), "0.5")
    assert quantities == (["0.5"] if told_by == "answer" else [])
    assert (last.status, last.code) == ("withheld", "fractional")
    assert last.reason == "the broker takes whole shares only, and these are 0.5"


class NeverEnough(MemoryBroker):
    """Calls for whole shares whatever it is sent."""

    def submit(self, ticket: Ticket) -> BrokerOrder:
        self.sent.append((self.now(), ticket))
        raise OrderRefusedError("40310000", 'asset "SPY" is not fractionable', status=403, whole_only=True)


def test_whole_shares_that_are_refused_as_a_fraction_are_rejected(make_world: Callable[[MemoryBroker], World]):
    quantities, last = placed(make_world(NeverEnough()), "1.5")
    assert quantities == ["1.5", "1"]
    assert (last.status, last.code) == ("rejected", "40310000")


@pytest.mark.parametrize("killed", [False, True])
def test_taking_back_an_entry_that_is_complete_leaves_the_exits_that_it_set_to_work(
    make_world: Callable[[MemoryBroker], World], *, killed: bool
):
    world = make_world(MemoryBroker(bracket=frozenset({OrderType.MARKET})))

    async def scenario() -> None:
        async with world.executor(killed=killed):
            await world.approve("a1", exits=(PRICE / 2, PRICE * 2))
            await asyncio.sleep(1)
            world.broker.stream.is_mute = True
            world.broker.fill("a1")
            world.broker.fates.script["cancel"] = ["down"] * 3
            await world.take_back("c1", "a1")
            await asyncio.sleep(0.1)
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("a1") == ["new", "filled"]
    assert world.story("profit-a1") == world.story("leg-a1") == ["held", "new"]


@pytest.mark.parametrize("killed", [False, True])
def test_the_exits_that_an_entry_set_to_work_end_when_the_complete_entry_is_named(
    make_world: Callable[[MemoryBroker], World], *, killed: bool
):
    world = make_world(MemoryBroker(bracket=frozenset({OrderType.MARKET})))

    async def scenario() -> None:
        async with world.executor(killed=killed):
            await world.approve("a1", exits=(PRICE / 2, PRICE * 2))
            await asyncio.sleep(1)
            world.broker.fill("a1")
            await asyncio.sleep(1)
            world.broker.fates.script["cancel"] = ["down"] * 3
            await world.take_back("c1", "a1")
            await asyncio.sleep(0.1)
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.story("profit-a1") == world.story("leg-a1") == ["held", "new", "canceled"]


def test_a_group_stands_until_it_is_taken_back_and_an_entry_alone_ends_with_its_day():
    entry = structs.replace(ORDER, qty=Decimal(2), take_profit=Decimal(202), stop_loss=Decimal(160))
    assert ticket(entry, CAN, whole=False).time_in_force is TimeInForce.GTC
    alone = structs.replace(entry, type=OrderType.MARKET, limit_price=None)
    assert ticket(alone, CAN, whole=False).time_in_force is TimeInForce.DAY


def test_people_are_told_of_shares_whose_exits_sleep_because_their_entry_is_not_complete(
    make_world: Callable[[MemoryBroker], World],
):
    world = make_world(MemoryBroker(bracket=frozenset({OrderType.MARKET})))

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1", exits=(PRICE / 2, PRICE * 2))
            await asyncio.sleep(1)
            world.broker.fill("a1", Decimal(1))
            await asyncio.sleep(150)
            world.broker.fill("a1")
            await asyncio.sleep(150)

    world.play(scenario)
    assert world.drifts() == [("missing_stop", "SPY", "", "1")]
    assert world.resolved() == [("missing_stop", "SPY")]
