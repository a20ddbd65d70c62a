"""Which orders the log says are of a group: those that the broker itself keeps from trading with one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.exits import CancelProtection, ExitReason
from contracts.lifecycle import OrderStatus
from contracts.log import Fact
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce
from executor.book import Book, fold
from executor.brokers.alpaca import parse
from executor.brokers.broker import BrokerOrder
from executor.brokers.memory import MemoryBroker
from executor.core import changed
from executor.observe import News, adopt, observe
from executor.order import Order
from executor.reconcile import unseen
from tests.simulation.world import PRICE, World

AT = datetime(2013, 10, 7, 14, 0, tzinfo=UTC)
STOP = BrokerOrder(
    broker_order_id="b1", client_order_id="x1", symbol="SPY", side=Side.SELL, qty=Decimal(3), type=OrderType.STOP,
    time_in_force=TimeInForce.GTC, status=OrderStatus.NEW, updated_at=AT, stop_price=Decimal(150),
)  # fmt: skip
LEG = structs.replace(STOP, broker_order_id="b2", client_order_id="x2")


def grouped(*facts: OrderChanged) -> dict[str, bool]:
    return {fact.client_order_id: fact.grouped for fact in facts}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (STOP, {"x1": False}),
        (structs.replace(STOP, grouped=True), {"x1": True}),
        (structs.replace(STOP, legs=(LEG,)), {"x1": True, "x2": True}),
    ],
)
def test_an_order_of_others_is_of_a_group_where_the_broker_says_so(seen: BrokerOrder, told: dict[str, bool]):
    book = Book(account="paper")
    facts = [one for one in adopt(book, seen) if isinstance(one, OrderChanged)]
    assert grouped(*facts) == told
    for fact in facts:
        fold(book, Fact(fact))
        # What the executor says of it later by itself says the same.
        order = book.orders[fact.client_order_id]
        assert changed("paper", order, OrderStatus.UNKNOWN, AT).grouped == fact.grouped


def test_an_exit_that_woke_is_not_put_to_sleep_by_an_answer_of_the_same_moment():
    book = Book(account="paper")

    def hear(seen: BrokerOrder) -> list[News]:
        news = observe(book, seen) if book.orders else adopt(book, seen)
        for fact in news:
            fold(book, Fact(fact))
        return news

    held = structs.replace(STOP, status=OrderStatus.HELD)
    hear(STOP)
    assert hear(held) == []
    hear(structs.replace(held, updated_at=AT + timedelta(microseconds=1)))
    assert book.orders["x1"].status is OrderStatus.HELD


@pytest.mark.parametrize(("target", "of_a_group"), [(PRICE * 2, True), (None, False)])
def test_a_stop_beside_a_target_is_of_a_group_and_a_stop_alone_is_not(
    world: World, target: Decimal | None, *, of_a_group: bool
):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.protect("p1", target=target)
            await asyncio.sleep(3)

    world.play(scenario)
    sells = [one for one in world.told(OrderChanged) if one.side is Side.SELL]
    assert {one.client_order_id for one in sells} == ({"p1", "leg-p1"} if of_a_group else {"p1"})
    assert {one.grouped for one in sells if one.status is OrderStatus.NEW} == {of_a_group}


def test_an_entry_that_filled_before_it_was_taken_back_keeps_its_exits(make_world: Callable[[MemoryBroker], World]):
    world = make_world(MemoryBroker(bracket=frozenset({OrderType.MARKET})))

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1", exits=(PRICE / 2, PRICE * 2))
            await asyncio.sleep(1)
            world.broker.stream.is_mute = True
            world.broker.fill("a1")
            await world.take_back("c1", "a1")
            await asyncio.sleep(3)
            assert (world.story("leg-a1"), world.story("profit-a1")) == (["held", "new"], ["held", "new"])
            await world.take_back("c2", "a1")
            await asyncio.sleep(3)

    world.play(scenario)
    assert (world.story("a1"), world.story("leg-a1")[-1]) == (["new", "filled"], "canceled")


def test_who_takes_back_a_stop_that_is_being_replaced_means_what_took_its_place_too():
    book, wish = Book(account="paper"), CancelProtection(
        exit_id="c1", account="paper", symbol="SPY", client_order_id="p1", reason=ExitReason.SIGNAL, at=AT
    )  # fmt: skip
    stops = {name: Order(
        client_order_id=name, purpose=Purpose.PROTECT, symbol="SPY", side=Side.SELL, qty=Decimal(3),
        type=OrderType.STOP, time_in_force=TimeInForce.GTC, at=AT, parent=parent,
    ) for name, parent in (("p1", ""), ("p2", "p1"), ("p3", "p1"))}  # fmt: skip

    def become(name: str, status: OrderStatus) -> set[str]:
        fold(book, Fact(changed("paper", book.orders.get(name) or stops[name], status, AT)))
        return book.cancels

    become("p1", OrderStatus.NEW)
    fold(book, Fact(wish))
    assert become("p2", OrderStatus.NEW) == {"p1"}
    assert become("p1", OrderStatus.REPLACED) == {"p2"}
    assert become("p3", OrderStatus.NEW) == {"p2"}
    assert become("p2", OrderStatus.REPLACED) == {"p3"}
    assert become("p3", OrderStatus.CANCELED) == set()


def test_an_entry_that_the_broker_denies_shows_no_exits_which_are_then_asked_for_by_themselves():
    book = Book(account="paper")
    entry = Order(
        client_order_id="a1", purpose=Purpose.ENTRY, symbol="SPY", side=Side.BUY, qty=Decimal(3),
        type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=AT, status=OrderStatus.FILLED,
    )  # fmt: skip
    leg = Order(
        client_order_id="l1", purpose=Purpose.PROTECT, symbol="SPY", side=Side.SELL, qty=Decimal(3),
        type=OrderType.STOP, time_in_force=TimeInForce.GTC, at=AT, status=OrderStatus.NEW, parent="a1",
    )  # fmt: skip
    book.orders = {"a1": entry, "l1": leg}
    assert unseen(book, []) == [entry]
    assert unseen(book, [], {"a1"}) == [leg]


@pytest.mark.parametrize(
    ("order_class", "of_a_group"), [("", False), ("simple", False), ("oco", True), ("bracket", True), ("oto", True)]
)
def test_alpaca_names_the_class(order_class: str, *, of_a_group: bool):
    wire = parse.WireOrder(
        id="b1", client_order_id="x1", symbol="SPY", side="sell", type="stop", time_in_force="gtc", status="new",
        updated_at=AT, order_class=order_class,
    )  # fmt: skip
    assert parse.order(wire).grouped is of_a_group
