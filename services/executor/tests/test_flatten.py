"""A person's order to leave positions, verified: the broker is asked until nothing is left, and the log says so."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.accounts import DriftFound, DriftKind, Holding
from contracts.commands import FlattenAsked, FlattenChecked, Remaining
from contracts.exits import ClosePosition, ExitReason
from contracts.lifecycle import OrderStatus
from contracts.log import Fact
from contracts.market import Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import OrderType, Side, TimeInForce, plain
from executor.book import Book, fold
from executor.brokers.memory import PRICE, START
from executor.flat import checked, failed
from executor.flattens import Flatten
from executor.reconcile import Theirs
from tests.simulation.world import World

ZERO, THREE = Decimal(0), Decimal(3)
ASKED = FlattenAsked(command_id="c1", account="paper", by="ann")
KILL = replace(ASKED, halt="h1")


def tick(*, is_open: bool = True) -> Tick:
    return Tick(at=START, is_open=is_open, next_open=START + timedelta(days=1), next_close=START)


def held(symbol: str, qty: str) -> Holding:
    return Holding(
        symbol=symbol, qty=Decimal(qty), avg_entry_price=PRICE, market_value=PRICE, unrealized_pl=ZERO,
        current_price=PRICE,
    )  # fmt: skip


def reading(*positions: Holding, denied: tuple[str, ...] = ()) -> Theirs:
    return Theirs(orders=(), positions=positions, cash=ZERO, denied=denied)


def order(name: str, purpose: Purpose, status: OrderStatus, symbol: str = "SPY", n: int = 1) -> OrderChanged:
    return OrderChanged(
        account="paper", client_order_id=name, n=n, purpose=purpose, status=status, symbol=symbol,
        side=Side.BUY if purpose is Purpose.ENTRY else Side.SELL, qty=THREE, type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY, at=START,
    )  # fmt: skip


def fill(name: str, purpose: Purpose, side: Side, qty: str, cum: str, symbol: str = "SPY") -> OrderFilled:
    return OrderFilled(
        account="paper", execution_id=f"{name}-{cum}", client_order_id=name, purpose=purpose, symbol=symbol,
        side=side, qty=Decimal(qty), price=PRICE, cum_qty=Decimal(cum), at=START,
    )  # fmt: skip


def drift(n: int, ours: str, theirs: str) -> DriftFound:
    return DriftFound(
        account="paper", n=n, difference=DriftKind.QUANTITY_DRIFT, symbol="SPY", ours=ours, theirs=theirs, at=START
    )


def book(*facts: OrderChanged | OrderFilled | DriftFound) -> Book:
    made = Book(account="paper")
    for fact in facts:
        fold(made, Fact(fact))
    return made


def bought(qty: str = "3") -> tuple[OrderChanged, OrderFilled]:
    return order("a1", Purpose.ENTRY, OrderStatus.FILLED), fill("a1", Purpose.ENTRY, Side.BUY, qty, qty)


def look(known: Book, theirs: Theirs, asked: FlattenAsked = ASKED, *, is_open: bool = True) -> FlattenChecked:
    news = checked(known, Flatten(asked), theirs, tick(is_open=is_open))
    assert news is not None
    return news


def test_nothing_held_and_nothing_open_is_flat():
    assert look(book(), reading()) == FlattenChecked(
        account="paper", command_id="c1", n=1, flat=True, done=True, at=START
    )


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ((), "its sale comes next"),
        ((order("x", Purpose.PROTECT, OrderStatus.NEW),), "its protection is being taken back"),
        (
            (order("x", Purpose.PROTECT, OrderStatus.UNKNOWN),),
            "the fate of an order is not known, and the broker is asked for it",
        ),
        ((order("x", Purpose.CLOSE, OrderStatus.ACCEPTED),), "a sale of 3 is accepted, 0 of it done"),
    ],
)
def test_what_remains_says_why(facts: tuple[OrderChanged, ...], why: str):
    news = look(book(*bought(), *facts), reading(held("SPY", "3")))
    assert news.remaining == (Remaining(symbol="SPY", qty=THREE, external=ZERO, why=why),)
    assert (news.flat, news.done, news.until) == (False, False, None)
    assert news.orders == tuple(one.client_order_id for one in facts)


NIGHT, EVENING, SATURDAY = timedelta(hours=12), timedelta(hours=8), timedelta(days=5)
"""After Monday's open."""


@pytest.mark.parametrize(
    ("ahead", "sales", "waits"),
    [
        (NIGHT, (), True),
        (SATURDAY, (), True),
        (EVENING, (), False),
        (EVENING, (False,), True),
        (EVENING, (True,), False),
        (EVENING, (True, False), True),
    ],
)
def test_until_when_is_said_where_only_the_open_market_sells(ahead: timedelta, sales: tuple[bool, ...], *, waits: bool):
    known = book(*bought())
    for number, late in enumerate(sales):
        close = ClosePosition(
            exit_id=f"x{number}", account="paper", symbol="SPY", qty=THREE, reason=ExitReason.COMMAND, cause_id="c1",
            at=START, limit_price=PRICE if late else None, extended_hours=late,
        )  # fmt: skip
        fold(known, Fact(close))
        fold(known, Fact(order(f"x{number}", Purpose.CLOSE, OrderStatus.ACCEPTED)))
    opens = START + timedelta(days=7)
    now = Tick(at=START + ahead, is_open=False, next_open=opens, next_close=opens)
    news = checked(known, Flatten(ASKED), reading(held("SPY", "3")), now)
    assert news is not None
    assert news.until == (opens if waits else None)
    limit = f" at {plain(PRICE)} or better" if sales[:1] == (True,) else ""
    sale = f"a sale of 3{limit} is accepted, 0 of it done"
    assert news.remaining[0].why == (sale if sales else "its sale comes next")


@pytest.mark.parametrize(
    ("qty", "external", "why"),
    [
        ("3", "3", "no entry of ours bought 3: they are sold with external=true only"),
        ("-2", "-2", "2 are sold short, which is not done here: buy them back at the broker"),
    ],
)
def test_shares_of_strangers_are_told_and_not_waited_for(qty: str, external: str, why: str):
    news = look(book(), reading(held("SPY", qty)))
    assert news.remaining == (Remaining(symbol="SPY", qty=Decimal(qty), external=Decimal(external), why=why),)
    assert (news.flat, news.done) == (False, True)


def test_of_a_position_that_is_partly_ours_the_rest_is_told_apart():
    news = look(book(*bought()), reading(held("SPY", "5")))
    assert (news.remaining[0].external, news.done) == (2, False)
    assert news.remaining[0].why == (
        "its sale comes next; no entry of ours bought 2: they are sold with external=true only"
    )


def test_what_ours_sold_is_ours_no_more_and_a_person_who_sells_sells_ours_first():
    sold = fill("x", Purpose.CLOSE, Side.SELL, "1", "1")
    by_hand = fill("p", Purpose.EXTERNAL, Side.SELL, "1", "1")
    known = book(*bought(), order("x", Purpose.CLOSE, OrderStatus.NEW), sold)
    assert known.own == {"SPY": 2}
    known = book(*bought(), order("p", Purpose.EXTERNAL, OrderStatus.NEW), by_hand)
    assert known.own == known.positions == {"SPY": 2}


def test_what_went_without_a_fill_is_ours_no_more_whatever_comes_then():
    assert book(*bought(), drift(1, "3", "2")).own == {"SPY": 2}
    known = book(*bought(), drift(1, "3", "0"), drift(2, "0", "2"))
    assert (known.own, known.positions) == ({}, {"SPY": 2})
    news = look(known, reading(held("SPY", "2")))
    assert (news.remaining[0].external, news.done) == (2, True)


@pytest.mark.parametrize("status", [OrderStatus.NEW, OrderStatus.SUBMITTING, OrderStatus.UNKNOWN])
def test_an_entry_that_may_still_buy_keeps_the_kill_switch_from_being_flat(status: OrderStatus):
    known = book(order("a1", Purpose.ENTRY, status))
    killed, flattened = look(known, reading(), KILL), look(known, reading())
    assert (killed.flat, killed.done, killed.orders) == (False, False, ("a1",))
    assert (flattened.flat, flattened.orders) == (True, ())


def test_an_order_that_the_broker_does_not_know_can_bring_nothing():
    assert look(book(order("x", Purpose.CLOSE, OrderStatus.NEW)), reading(denied=("x",))).flat


def test_a_command_for_one_symbol_looks_at_that_alone():
    known = book(*bought(), order("y", Purpose.CLOSE, OrderStatus.NEW, "IBM"))
    news = look(known, reading(held("SPY", "3"), held("IBM", "1")), replace(ASKED, symbol="IBM"))
    assert [one.symbol for one in news.remaining] == ["IBM"]
    assert news.orders == ("y",)


def test_strangers_shares_and_orders_count_where_they_are_to_go_too():
    asked = replace(ASKED, external=True)
    known = book(order("p", Purpose.EXTERNAL, OrderStatus.NEW))
    news = look(known, reading(held("SPY", "3")), asked)
    assert (news.done, news.orders) == (False, ("p",))
    assert news.remaining[0].why == "its protection is being taken back"


def test_the_same_is_not_told_twice_and_a_broker_that_is_away_is_told_once():
    known = book(*bought())
    first = look(known, reading(held("SPY", "3")))
    told = Flatten(ASKED, first)
    assert checked(known, told, reading(held("SPY", "3")), tick()) is None
    away = failed(known, told, "gone", tick())
    assert away == replace(first, n=2, problem="gone")
    assert failed(known, Flatten(ASKED, away), "gone", tick()) is None


def checks(world: World) -> list[tuple[bool, bool, list[tuple[str, int]], tuple[str, ...]]]:
    return [
        (one.flat, one.done, [(r.symbol, int(r.qty)) for r in one.remaining], one.orders)
        for one in world.told(FlattenChecked)
    ]


def test_after_the_last_sale_the_broker_is_asked_and_the_log_says_flat(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await asyncio.sleep(10)
            await world.add(ASKED)
            await asyncio.sleep(5)
            await world.close("x1")
            await asyncio.sleep(5)
            world.broker.fill("x1", Decimal(1))
            await asyncio.sleep(5)
            world.broker.fill("x1")
            await asyncio.sleep(1.5)

    world.play(scenario)
    assert checks(world) == [
        (False, False, [("SPY", 3)], ()),
        (False, False, [("SPY", 3)], ("x1",)),
        (False, False, [("SPY", 2)], ("x1",)),
        (True, True, [], ()),
    ]


def test_a_restart_goes_on_looking_and_numbers_on(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.add(ASKED)
            await asyncio.sleep(10)
        async with world.executor(killed=True):
            await asyncio.sleep(10)
        async with world.executor():
            await world.close("x1")
            await asyncio.sleep(1)
            world.broker.fill("x1")
            await asyncio.sleep(5)

    world.play(scenario)
    assert [one.n for one in world.told(FlattenChecked)] == list(range(1, len(checks(world)) + 1))
    assert checks(world)[-1] == (True, True, [], ())


def test_a_broker_that_does_not_answer_is_told_and_asked_on(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await asyncio.sleep(10)
            world.broker.fates.script["read"] = ["down"] * 20
            await world.add(ASKED)
            await asyncio.sleep(60)

    world.play(scenario)
    problems = [one.problem for one in world.told(FlattenChecked)]
    assert problems == ["the broker does not answer: connection refused", ""]


def test_orders_of_strangers_are_taken_back_where_their_shares_are_to_go(world: World):
    async def scenario() -> None:
        world.broker.place_by_hand("by-hand")
        async with world.executor():
            await asyncio.sleep(5)
            await world.add(ASKED)
            await asyncio.sleep(5)
            assert not world.broker.cancels
            await world.add(replace(ASKED, command_id="c2", external=True))
            await asyncio.sleep(5)

    world.play(scenario)
    assert world.story("by-hand")[-1] == "canceled"
    assert checks(world)[-1] == (True, True, [], ())


def test_while_nothing_moves_the_broker_is_asked_less_and_less(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await asyncio.sleep(10)
            await world.add(ASKED)
            await asyncio.sleep(600)
            before = len(world.log.records)
            await asyncio.sleep(600)
            looks = [one for one in world.log.records[before:] if one.subject.startswith("account.")]
            assert len(looks) <= 11

    world.play(scenario)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (OrderStatus.NEW, "its protection rests until it can be sold"),
        (OrderStatus.PENDING_CANCEL, "its protection is being taken back"),
    ],
)
def test_at_night_what_protects_until_the_open_is_told_as_that(status: OrderStatus, why: str):
    opens = START + timedelta(days=7)
    night = Tick(at=START + NIGHT, is_open=False, next_open=opens, next_close=opens)
    news = checked(
        book(*bought(), order("x", Purpose.PROTECT, status)), Flatten(ASKED), reading(held("SPY", "3")), night
    )
    assert news is not None
    assert (news.remaining[0].why, news.until) == (why, opens)
