"""What every broker must do alike, held against Alpaca, Tradier and the one in memory."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.days import new_york
from contracts.lifecycle import WORKING, OrderStatus
from contracts.market import SplitAnnounced
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import (
    BrokerOrder,
    BrokerUnavailableError,
    OrderClass,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from tests.simulation.between import Fault
from tests.simulation.venues import Venue

LOW, HIGH = Decimal(100), Decimal(300)
"""Far below and far above the market, on every broker."""

MARKET = Ticket(
    client_order_id="a1", symbol="SPY", side=Side.BUY, qty=Decimal(3), type=OrderType.MARKET,
    time_in_force=TimeInForce.DAY,
)  # fmt: skip
RESTING = structs.replace(MARKET, type=OrderType.LIMIT, limit_price=LOW, time_in_force=TimeInForce.GTC)
EXITS = structs.replace(
    MARKET, client_order_id="x1", side=Side.SELL, type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
    order_class=OrderClass.OCO, take_profit=HIGH, stop_loss=LOW,
)  # fmt: skip
BRACKET = structs.replace(
    RESTING, order_class=OrderClass.BRACKET, take_profit=HIGH, stop_loss=LOW / 2,
)  # fmt: skip

STOP = structs.replace(MARKET, client_order_id="x1", side=Side.SELL, type=OrderType.STOP, stop_price=LOW)
RAISED = LOW + 1

HEARD = frozenset({Fault.ERROR_AFTER, Fault.LOST, Fault.HANG, Fault.GARBLED})
"""The broker did what was asked, and its answer is worth nothing."""

MEANINGS = {
    Fault.TOO_MANY: BrokerUnavailableError,
    Fault.UNAUTHORISED: OrderRefusedError,
    Fault.ERROR_BEFORE: OutcomeUnknownError,
    **dict.fromkeys(HEARD, OutcomeUnknownError),
}


async def by_id(venue: Venue, name: str = "a1") -> BrokerOrder:
    found = venue.broker.order_by_client_id(name)
    assert found is not None
    return found


def known(order: BrokerOrder) -> tuple[object, ...]:
    return order.client_order_id, order.symbol, order.side, order.qty, order.type, order.time_in_force


async def test_an_order_that_rests_is_shown_alike_by_every_question(venue: Venue):
    begun = venue.broker.clock().at
    placed = venue.broker.submit(RESTING)
    assert known(placed) == ("a1", "SPY", "buy", Decimal(3), "limit", "gtc")
    shown = [
        await by_id(venue),
        venue.broker.order_by_id(placed.broker_order_id),
        *venue.broker.open_orders(),
        *venue.broker.recent_orders(begun - timedelta(seconds=1)),
    ]
    assert len(shown) == 4
    for order in shown:
        assert order is not None
        assert known(order) == known(placed)
        assert (order.broker_order_id, order.limit_price, order.filled_qty) == (placed.broker_order_id, LOW, 0)
        assert (order.filled_avg_price, order.legs, order.grouped) == (None, (), False)
        assert order.status in WORKING
    assert venue.broker.recent_orders(begun + timedelta(days=1)) == []


async def test_an_order_that_nobody_placed_is_none_by_the_brokers_own_word(venue: Venue):
    assert venue.broker.order_by_client_id("a1") is None
    assert venue.broker.order_by_id("0b3b1a0e-0000-4000-8000-000000000000") is None
    assert (venue.broker.open_orders(), venue.broker.positions()) == ([], [])


async def test_a_canceled_order_has_ended_and_a_second_cancel_changes_nothing(venue: Venue):
    placed = venue.broker.submit(RESTING)
    venue.broker.cancel(placed.broker_order_id)
    assert (await by_id(venue)).status is OrderStatus.CANCELED
    assert venue.broker.open_orders() == []
    with suppress(OrderRefusedError):
        venue.broker.cancel(placed.broker_order_id)
    assert (await by_id(venue)).status is OrderStatus.CANCELED


async def test_a_cancel_of_what_is_not_there_is_refused(venue: Venue):
    with pytest.raises(OrderRefusedError):
        venue.broker.cancel("0b3b1a0e-0000-4000-8000-000000000000")


async def test_a_fill_in_parts_ends_with_the_whole_quantity_its_average_and_a_holding(venue: Venue):
    venue.broker.submit(MARKET)
    venue.fill("a1", 1)
    part = await by_id(venue)
    assert part.filled_qty >= 1
    assert part.status is (OrderStatus.FILLED if part.filled_qty == 3 else OrderStatus.PARTIALLY_FILLED)
    venue.fill("a1", 2)
    whole = await by_id(venue)
    assert (whole.status, whole.filled_qty) == (OrderStatus.FILLED, 3)
    assert whole.filled_avg_price is not None
    assert LOW < whole.filled_avg_price < HIGH
    (held,) = venue.broker.positions()
    assert (held.symbol, held.qty, held.avg_entry_price) == ("SPY", 3, whole.filled_avg_price)
    assert held.market_value == held.qty * held.current_price


async def test_the_account_and_the_clock_are_told_in_our_words(venue: Venue):
    balance, clock = venue.broker.account(), venue.broker.clock()
    assert balance.status == "ACTIVE"
    assert 0 < balance.cash <= balance.equity < balance.buying_power
    assert clock.at.utcoffset() == timedelta(0)
    assert clock.at < min(clock.next_open, clock.next_close)
    assert clock.is_open == (clock.next_close < clock.next_open)


async def test_an_asset_is_tradable_or_not_known_and_that_is_the_brokers_own_word(venue: Venue):
    asset = venue.broker.asset("SPY")
    assert asset is not None
    assert asset.tradable
    assert asset.fractionable == venue.broker.capabilities.fractional
    assert venue.broker.asset("NONE") is None


async def test_two_exits_are_one_group_that_ends_as_one(venue: Venue):
    venue.broker.submit(MARKET)
    venue.fill("a1", 3)
    placed = venue.broker.submit(EXITS)
    for head in (placed, await by_id(venue, "x1"), *venue.broker.open_orders()):
        (stop,) = head.legs
        assert known(head) == ("x1", "SPY", "sell", Decimal(3), "limit", "gtc")
        assert (head.limit_price, stop.stop_price, stop.type, stop.side) == (HIGH, LOW, "stop", "sell")
        assert (head.broker_order_id, stop.broker_order_id) == (placed.broker_order_id, placed.legs[0].broker_order_id)
        assert {head.status, stop.status} <= WORKING
        assert head.grouped
    venue.broker.cancel(placed.broker_order_id)
    ended = await by_id(venue, "x1")
    assert [one.status for one in (ended, *ended.legs)] == [OrderStatus.CANCELED] * 2


@pytest.mark.parametrize("wanted", [STOP, EXITS])
async def test_a_stop_that_is_moved_rests_at_its_new_price_and_nothing_else_changes(venue: Venue, wanted: Ticket):
    assert venue.broker.capabilities.replace
    venue.broker.submit(MARKET)
    venue.fill("a1", 3)
    placed = venue.broker.submit(wanted)
    stop = placed.legs[0] if placed.legs else placed
    new = venue.broker.replace(stop.broker_order_id, RAISED)
    assert (new.symbol, new.side, new.qty, new.type, new.stop_price) == ("SPY", "sell", 3, "stop", RAISED)
    # Either it is the same order still, or it says whose place it took.
    assert (new.broker_order_id == stop.broker_order_id) != (new.replaces == stop.broker_order_id)
    alive = [one for head in venue.broker.open_orders() for one in (head, *head.legs) if one.status in WORKING]
    assert [one.stop_price for one in alive if one.type is OrderType.STOP] == [RAISED]
    assert [one.limit_price for one in alive if one.type is OrderType.LIMIT] == [HIGH] * bool(placed.legs)


async def test_an_order_that_was_replaced_says_by_which(venue: Venue):
    venue.broker.submit(MARKET)
    venue.fill("a1", 3)
    placed = venue.broker.submit(STOP)
    new = venue.broker.replace(placed.broker_order_id, RAISED)
    old = venue.broker.order_by_id(placed.broker_order_id)
    assert old is not None
    if new.replaces:
        assert (old.status, old.replaced_by) == (OrderStatus.REPLACED, new.broker_order_id)
    else:
        assert (old.status in WORKING, old.replaced_by, old.stop_price) == (True, "", RAISED)


async def test_a_stop_that_has_ended_or_is_not_there_is_not_moved(venue: Venue):
    venue.broker.submit(MARKET)
    venue.fill("a1", 3)
    placed = venue.broker.submit(STOP)
    venue.broker.cancel(placed.broker_order_id)
    for name in (placed.broker_order_id, "0b3b1a0e-0000-4000-8000-000000000000"):
        with pytest.raises(OrderRefusedError):
            venue.broker.replace(name, RAISED)
    assert venue.broker.open_orders() == []


async def test_a_bracket_is_an_entry_with_two_exits_where_it_is_claimed(venue: Venue):
    if not venue.broker.capabilities.bracket:
        pytest.skip("not claimed")
    assert BRACKET.type in venue.broker.capabilities.bracket
    placed = venue.broker.submit(BRACKET)
    head = await by_id(venue)
    assert known(head) == known(placed) == ("a1", "SPY", "buy", Decimal(3), "limit", "gtc")
    exits = sorted((leg.type, leg.side, leg.limit_price or leg.stop_price) for leg in head.legs)
    assert exits == [("limit", "sell", HIGH), ("stop", "sell", LOW / 2)]
    venue.broker.cancel(placed.broker_order_id)
    ended = await by_id(venue)
    assert {one.status for one in (ended, *ended.legs)} == {OrderStatus.CANCELED}


async def test_splits_are_listed_by_their_days_where_it_is_claimed_and_else_there_are_none(venue: Venue):
    today = new_york(venue.broker.clock().at).date()
    day = today + timedelta(days=(7 - today.weekday()) + 1)  # a Tuesday, which no holiday moves
    split = SplitAnnounced(
        action_id=f"IBM_{day:%Y%m%d}", symbol="IBM", old_rate=Decimal(10), new_rate=Decimal(1), ex_date=day
    )
    venue.announce(split)
    claimed = [split] if venue.broker.capabilities.splits else []
    assert list(venue.broker.splits(day, day + timedelta(days=30))) == claimed
    assert list(venue.broker.splits(today, day - timedelta(days=1))) == []


async def test_a_trailing_stop_follows_the_price_where_it_is_claimed_and_else_is_refused(venue: Venue):
    venue.broker.submit(MARKET)
    venue.fill("a1", 3)
    trailing = structs.replace(
        MARKET, client_order_id="x1", side=Side.SELL, type=OrderType.TRAILING_STOP, trail_percent=Decimal(5)
    )
    if venue.broker.capabilities.trailing:
        venue.broker.submit(trailing)
        placed = await by_id(venue, "x1")
        assert (placed.type, placed.status in WORKING) == ("trailing_stop", True)
        assert placed.stop_price is not None
        assert LOW < placed.stop_price < HIGH
    else:
        with pytest.raises(OrderRefusedError):
            venue.broker.submit(trailing)


async def test_a_fraction_is_taken_where_it_is_claimed_and_else_refused_before_anything_is_sent(venue: Venue):
    fraction = structs.replace(MARKET, qty=Decimal("1.5"))
    if venue.broker.capabilities.fractional:
        assert venue.broker.submit(fraction).qty == Decimal("1.5")
    else:
        with pytest.raises(OrderRefusedError):
            venue.broker.submit(fraction)
        assert venue.submits() == 0


async def test_an_order_for_dollars_is_taken_where_it_is_claimed_and_else_refused_before_anything_is_sent(venue: Venue):
    money = structs.replace(MARKET, notional=Decimal("500.55"), qty=Decimal(3))
    if not venue.broker.capabilities.notional:
        with pytest.raises(OrderRefusedError):
            venue.broker.submit(money)
        assert venue.submits() == 0
        return
    assert venue.broker.submit(money).notional == money.notional
    venue.fill("a1", 1)
    venue.fill("a1", 1)
    done = await by_id(venue)
    while done.status is not OrderStatus.FILLED:
        venue.fill("a1", 1)
        done = await by_id(venue)
    assert done.filled_avg_price is not None
    assert (done.notional, done.qty) == (money.notional, done.filled_qty)
    spent = done.filled_qty * done.filled_avg_price
    assert money.notional is not None
    assert 0 <= money.notional - spent < Decimal("0.01")
    (held,) = venue.broker.positions()
    assert held.qty == done.filled_qty


async def test_an_order_for_the_long_day_is_taken_where_it_is_claimed(venue: Venue):
    assert venue.broker.capabilities.extended_hours
    long = structs.replace(RESTING, time_in_force=TimeInForce.DAY, extended_hours=True)
    assert known(venue.broker.submit(long)) == ("a1", "SPY", "buy", Decimal(3), "limit", "day")


async def test_an_id_is_used_once_where_that_is_claimed_and_is_a_mere_label_elsewhere(venue: Venue):
    venue.broker.submit(RESTING)
    if venue.broker.capabilities.unique_client_ids:
        with pytest.raises(OrderRefusedError) as caught:
            venue.broker.submit(RESTING)
        assert caught.value.duplicate
        assert len(venue.broker.open_orders()) == 1
    else:
        venue.broker.submit(RESTING)
        assert len(venue.broker.open_orders()) == 2


@pytest.mark.parametrize("fault", Fault)
async def test_what_befalls_a_submit_means_the_same_everywhere_and_it_is_sent_once(distant: Venue, fault: Fault):
    distant.strike("submit", fault)
    with pytest.raises(MEANINGS[fault]) as caught:
        distant.broker.submit(RESTING)
    assert type(caught.value) is MEANINGS[fault]
    assert distant.submits() == 1
    assert (distant.broker.order_by_client_id("a1") is not None) == (fault in HEARD)
    if isinstance(caught.value, BrokerUnavailableError):
        assert caught.value.after > 0


@pytest.mark.parametrize("fault", Fault)
async def test_a_question_that_fails_is_an_error_and_never_a_no(distant: Venue, fault: Fault):
    distant.broker.submit(RESTING)
    broker = distant.broker
    for ask in (lambda: broker.order_by_client_id("a1"), broker.open_orders, broker.positions):
        distant.strike("read", fault)
        with pytest.raises(MEANINGS[fault]):
            ask()
    distant.strike("asset", fault)
    with pytest.raises(MEANINGS[fault]):
        broker.asset("SPY")


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.LOST])
async def test_what_befalls_a_cancel_leaves_the_order_to_be_looked_at(distant: Venue, fault: Fault):
    placed = distant.broker.submit(RESTING)
    distant.strike("cancel", fault)
    with pytest.raises(MEANINGS[fault]):
        distant.broker.cancel(placed.broker_order_id)
    assert (await by_id(distant)).status is OrderStatus.CANCELED or fault is Fault.TOO_MANY


@pytest.mark.parametrize("fault", [Fault.TOO_MANY, Fault.LOST])
async def test_what_befalls_a_move_leaves_the_stop_to_be_looked_at(distant: Venue, fault: Fault):
    distant.broker.submit(MARKET)
    distant.fill("a1", 3)
    placed = distant.broker.submit(STOP)
    distant.strike("replace", fault)
    with pytest.raises(MEANINGS[fault]):
        distant.broker.replace(placed.broker_order_id, RAISED)
    (alive,) = distant.broker.open_orders()
    assert alive.stop_price == (LOW if fault is Fault.TOO_MANY else RAISED)
