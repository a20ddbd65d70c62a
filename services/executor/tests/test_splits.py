"""Splits: each is told of once, and a count that one explains is told as such and freezes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec import structs

from chassis.log import Fate
from contracts.accounts import AccountSnapshot, DriftFound, DriftKind, HoldingSplit
from contracts.lifecycle import OrderStatus
from contracts.log import Fact, subject
from contracts.market import SplitAnnounced
from contracts.orders import OrderFilled, Purpose
from contracts.values import OrderType, Side, TimeInForce
from executor import splits, splitting
from executor.book import Book, fold
from executor.brokers.memory import PRICE, MemoryBroker
from executor.drift import Difference
from executor.order import Order
from executor.splits import Splits
from tests.simulation.world import World

D = Decimal
EVE = datetime(2013, 10, 7, 20, 30, tzinfo=UTC)
DOUBLED = SplitAnnounced(action_id="SPY_1", symbol="SPY", old_rate=D(1), new_rate=D(2), ex_date=date(2013, 10, 8))
ODD = structs.replace(DOUBLED, old_rate=D(2), new_rate=D(1))


def told(world: World) -> list[tuple[Decimal, Decimal]]:
    return [(one.qty_before, one.qty_after) for one in world.told(HoldingSplit)]


def book_of(qty: str = "3", own: str = "3", split: SplitAnnounced = DOUBLED) -> Book:
    return Book(
        account="paper", account_n=7, positions={"SPY": D(qty)}, own={"SPY": D(own)},
        splits=Splits(announced={split.action_id: split}),
    )  # fmt: skip


def drift(ours: str, theirs: str) -> Difference:
    return Difference(DriftKind.QUANTITY_DRIFT, "SPY", ours, theirs)


def explained(book: Book, difference: Difference, *, twice: bool = False, at: datetime = EVE) -> list[HoldingSplit]:
    return [*splitting.explained(book, [difference], {"it": difference} if twice else {}, at)]


def test_a_count_that_a_split_has_changed_is_told_at_once_and_no_drift(world: World):
    world.broker.announced.append(DOUBLED)

    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await asyncio.sleep(60)
            world.broker.moved["SPY"] = D(3)
            await asyncio.sleep(15)
            assert told(world) == [(D(3), D(6))]
            await world.approve("a2")
            await asyncio.sleep(100)
        async with world.executor():
            await asyncio.sleep(100)

    world.play(scenario)
    assert {kind for kind, *_ in world.drifts()} == {"missing_stop"}, "that the count is another is no drift"
    assert world.broker.posts == ["a1", "a2"], "nothing waits"
    assert world.told(HoldingSplit) == [
        HoldingSplit(
            account="paper", n=world.told(HoldingSplit)[0].n, symbol="SPY", action_id="SPY_1", old_rate=D(1),
            new_rate=D(2), qty_before=D(3), qty_after=D(6), at=world.told(HoldingSplit)[0].at,
        )
    ]  # fmt: skip
    numbers = [one.n for one in world.told(AccountSnapshot, HoldingSplit)]
    assert numbers == sorted(set(numbers))


def test_what_is_left_of_a_share_is_paid_in_cash(world: World):
    world.broker.announced.append(ODD)

    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await asyncio.sleep(60)
            world.broker.moved["SPY"], world.broker.paid = D(-2), PRICE
            await asyncio.sleep(100)

    world.play(scenario)
    assert told(world) == [(D(3), D(1))]
    assert {kind for kind, *_ in world.drifts()} == {"missing_stop", "cash_drift"}


def test_beside_an_order_that_rests_two_readings_have_to_agree(world: World):
    world.broker.announced.append(DOUBLED)

    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.protect("x1")
            await asyncio.sleep(60)
            world.broker.moved["SPY"] = D(3)
            await asyncio.sleep(20)

    world.play(scenario)
    assert told(world) == [(D(3), D(6))]
    assert world.drifts() == []


def test_a_split_that_is_announced_late_ends_the_freeze(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.enter("a1")
            await world.protect("x1")
            await asyncio.sleep(60)
            world.broker.moved["SPY"] = D(3)
            await asyncio.sleep(100)
            assert ("quantity_drift", "SPY", "3", "6") in world.drifts()
            world.broker.announced.append(DOUBLED)
        async with world.executor():
            await asyncio.sleep(10)
            await world.approve("a2")
            await asyncio.sleep(10)

    world.play(scenario)
    assert told(world) == [(D(3), D(6))]
    assert ("quantity_drift", "SPY") in world.resolved()
    assert "a2" in world.broker.posts


def test_a_split_is_told_once_however_often_the_executor_starts_and_whatever_the_broker_says_later(world: World):
    world.broker.announced.append(DOUBLED)

    async def scenario() -> None:
        for day in (8, 9, 9):
            world.broker.announced[0] = structs.replace(DOUBLED, ex_date=date(2013, 10, day))
            async with world.executor():
                await asyncio.sleep(60)

    world.play(scenario)
    assert world.told(SplitAnnounced) == [DOUBLED]


@pytest.mark.parametrize("names", [("SPY_1", "SPY_2"), ("SPY_2", "SPY_1")])
def test_a_split_that_is_announced_under_two_names_is_told_once(world: World, names: tuple[str, str]):
    again = structs.replace(DOUBLED, action_id="SPY_0")
    tripled = structs.replace(DOUBLED, action_id="SPY_3", ex_date=date(2013, 10, 9))
    world.broker.announced += [structs.replace(DOUBLED, action_id=name) for name in names]

    async def scenario() -> None:
        for late in (again, tripled):
            async with world.executor():
                await asyncio.sleep(60)
            world.broker.announced.append(late)
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.told(SplitAnnounced) == [DOUBLED, tripled]


def test_what_another_account_has_told_of_stands(world: World):
    other = structs.replace(DOUBLED, new_rate=D(3))

    async def scenario() -> None:
        async with world.executor():
            await world.add(other)
            await world.enter("a1")
        world.broker.announced.append(DOUBLED)
        async with world.executor():
            await asyncio.sleep(60)
            world.broker.moved["SPY"] = D(6)
            await asyncio.sleep(30)

    world.play(scenario)
    assert world.told(SplitAnnounced) == [other]
    assert told(world) == [(D(3), D(9))]


def test_a_broker_that_does_not_answer_about_splits_is_asked_again_and_nothing_waits_for_it(world: World):
    world.broker.announced.append(DOUBLED)
    world.broker.fates.script["splits"] = ["down", "lost", "down"]

    async def scenario() -> None:
        async with world.executor():
            await world.approve("a1")
            await asyncio.sleep(2)
            assert world.broker.posts == ["a1"]
            await asyncio.sleep(30)

    world.play(scenario)
    assert world.told(SplitAnnounced) == [DOUBLED]


class Asked(MemoryBroker):
    """Remembers of which days it was asked for splits."""

    def __init__(self) -> None:
        super().__init__()
        self.days: list[tuple[int, int]] = []

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        today = self.now().date()
        self.days.append(((first - today).days, (last - today).days))
        return super().splits(first, last)


def test_splits_are_asked_for_every_two_hours_and_for_the_days_in_which_no_executor_ran(
    make_world: Callable[[MemoryBroker], World],
):
    broker = Asked()
    world = make_world(broker)

    async def scenario() -> None:
        async with world.executor():
            await asyncio.sleep(3 * 3600)
        await asyncio.sleep(20 * 86_400)
        async with world.executor():
            await asyncio.sleep(3 * 3600)

    world.play(scenario)
    assert broker.days == [(-5, 14), (-5, 14), (-25, 14), (-5, 14)]


def test_a_broker_that_announces_nothing_is_not_asked(make_world: Callable[[MemoryBroker], World]):
    broker = MemoryBroker(splits=False)
    broker.announced.append(DOUBLED)
    world = make_world(broker)

    async def scenario() -> None:
        async with world.executor():
            await asyncio.sleep(60)

    world.play(scenario)
    assert world.told(SplitAnnounced) == []


async def test_the_log_holds_the_first_word_about_a_split(world: World):
    changed = structs.replace(DOUBLED, ex_date=date(2013, 10, 9))
    first, same, second = [(await world.log.append([Fact(one)]))[0].fate for one in (DOUBLED, DOUBLED, changed)]
    assert (first, same, second) == (Fate.STORED, Fate.STOOD, Fate.CONFLICT)
    assert subject(DOUBLED) == "splits.SPY.SPY_1"


@pytest.mark.parametrize(
    ("old", "new", "ours", "theirs", "fits"),
    [
        ("1", "2", "3", "6", True),
        ("1", "2", "3", "5", False),
        ("2", "3", "3", "4.5", True),
        ("2", "3", "3", "4", True),  # the half is paid out
        ("2", "3", "3", "5", True),  # or rounded up
        ("2", "3", "3", "4.2", False),
        ("3", "1", "10", "3.333333333", True),
        ("3", "1", "10", "3.333333334", True),
        ("3", "1", "10", "3.3333", False),
        ("10", "1", "3", "0", True),  # all of it is paid out
        ("1", "2", "-3", "-6", True),
        ("1", "2", "0", "0", False),
    ],
)  # fmt: skip
def test_a_split_explains_what_it_makes_of_the_shares(old: str, new: str, ours: str, theirs: str, *, fits: bool):
    split = structs.replace(DOUBLED, old_rate=D(old), new_rate=D(new))
    found = explained(book_of(ours, ours, split), drift(ours, theirs))
    assert [(one.n, one.qty_before, one.qty_after) for one in found] == ([(8, D(ours), D(theirs))] if fits else [])


@pytest.mark.parametrize(
    ("day", "fits"),
    [(3, False), (4, True), (7, True), (8, True), (9, True), (22, True), (23, False)],
)
def test_a_split_explains_from_two_days_before_its_day_until_two_weeks_later(day: int, *, fits: bool):
    at = datetime(2013, 10, day, 15, tzinfo=UTC)
    assert bool(explained(book_of(), drift("3", "6"), at=at)) is fits


def test_shares_that_were_bought_at_the_new_price_are_not_split():
    book = book_of()
    book.splits.since["SPY"] = datetime(2013, 10, 8, 13, 30, tzinfo=UTC)
    assert explained(book, drift("3", "6")) == []
    book.splits.since["SPY"] = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
    assert len(explained(book, drift("3", "6"))) == 1


def test_shares_that_were_gone_and_are_bought_anew_are_held_since_then():
    book = book_of()
    book.splits.since["SPY"] = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
    gone = DriftFound(
        account="paper", n=8, difference=DriftKind.QUANTITY_DRIFT, symbol="SPY", ours="3", theirs="0", at=EVE
    )
    later = datetime(2013, 10, 9, 15, tzinfo=UTC)
    book.orders["a2"] = Order(
        client_order_id="a2", purpose=Purpose.ENTRY, symbol="SPY", side=Side.BUY, qty=D(3), type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY, at=later,
    )  # fmt: skip
    bought = OrderFilled(
        account="paper", execution_id="e", client_order_id="a2", purpose=Purpose.ENTRY, symbol="SPY", side=Side.BUY,
        qty=D(3), price=PRICE, cum_qty=D(3), at=later,
    )  # fmt: skip
    for body in (gone, bought):
        fold(book, Fact(body))
    assert (book.positions, book.splits.since) == ({"SPY": D(3)}, {"SPY": later})
    assert explained(book, drift("3", "6"), at=later) == []


def test_what_could_be_a_fill_is_not_taken_for_a_split_before_it_is_seen_twice():
    book = book_of("10", "10", ODD)
    book.orders["x1"] = Order(
        client_order_id="x1", purpose=Purpose.PROTECT, symbol="SPY", side=Side.SELL, qty=D(10), type=OrderType.STOP,
        time_in_force=TimeInForce.GTC, at=EVE, status=OrderStatus.NEW,
    )  # fmt: skip
    half = drift("10", "5")
    assert explained(book, half) == []
    assert len(explained(book, half, twice=True)) == 1
    book.orders["x1"].status = OrderStatus.FILLED
    assert len(explained(book, half)) == 1


def test_what_came_with_a_fill_of_this_reading_is_looked_at_again():
    fill = OrderFilled(
        account="paper", execution_id="e", client_order_id="a1", purpose=Purpose.ENTRY, symbol="SPY", side=Side.BUY,
        qty=D(1), price=PRICE, cum_qty=D(1), at=EVE,
    )  # fmt: skip
    missed = Difference(DriftKind.FILL_MISSED, "SPY", news=(fill,))
    assert [*splitting.explained(book_of(), [missed, drift("3", "6")], {}, EVE)] == []


@pytest.mark.parametrize(
    ("own", "after", "own_after"),
    [("3", "6", "6"), ("1", "6", "2"), ("3", "5", "5"), ("3", "7", "7")],
)
def test_shares_of_strangers_are_split_beside_ours(own: str, after: str, own_after: str):
    book = book_of("3", own)
    (fact,) = [
        HoldingSplit(
            account="paper", n=8, symbol="SPY", action_id="SPY_1", old_rate=D(1), new_rate=D(2), qty_before=D(3),
            qty_after=D(after), at=EVE,
        )
    ]  # fmt: skip
    splits.divide(book.splits, book.positions, book.own, fact)
    assert (book.positions, book.own) == ({"SPY": D(after)}, {"SPY": D(own_after)})
    assert explained(book, drift(after, str(2 * D(after)))) == [], "it happens once"


def test_of_many_announcements_the_oldest_are_let_go():
    known = Splits()
    for number in range(splits.KEPT + 2):
        day = date.fromordinal(735_000 + number)
        splits.hear(known, structs.replace(DOUBLED, action_id=f"s{number}", ex_date=day))
    assert len(known.announced) == splits.KEPT
    assert "s0" not in known.announced
