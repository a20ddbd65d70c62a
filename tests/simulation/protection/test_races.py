"""Races between a position's exits, at the exchange: each ends flat or protected, never short, nothing sold twice."""

from __future__ import annotations

import random
from decimal import Decimal

from msgspec.structs import replace

from contracts.exits import ClosePosition
from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, Purpose
from exchange.book import Status
from tests.simulation.protection.acts import cancel_by_hand, fill_late, ours
from tests.simulation.protection.house import House

D = Decimal
AT_TARGET, AT_STOP = D("202.30"), D("160.00")
NEVER_LATE = random.Random(0)


def buy(house: House, qty: str = "10") -> None:
    house.do(house.buy(D(qty)))
    house.pass_time(1.0)
    assert (house.truth.held, house.truth.bare) == (D(qty), 0)


def leave(house: House, seconds: float) -> None:
    house.do(house.leave())
    house.pass_time(seconds)


def show(house: House, price: Decimal, seconds: float = 1.0) -> None:
    house.do(house.quote(price))
    house.pass_time(seconds)


def fill_in_parts(house: House, share: str = "1") -> None:
    house.street.venue = replace(house.street.venue, partial_fills=D(share))


def sells(house: House) -> dict[str, Decimal]:
    """Say what was sold by which kind of order."""
    sold = dict[str, Decimal]()
    for order in house.street.books.orders.values():
        if order.side == "sell" and order.filled_qty:
            sold[order.type] = sold.get(order.type, D(0)) + order.filled_qty
    return sold


def statuses(house: House, purpose: Purpose) -> list[OrderStatus]:
    return [told.status for told in house.told() if isinstance(told, OrderChanged) and told.purpose is purpose]


def closes(house: House) -> list[Decimal]:
    return [wanted.qty for wanted in house.wanted() if isinstance(wanted, ClosePosition)]


def ends(house: House, *, held: str, sold: str, by_hand: str = "0") -> None:
    house.come_to_rest()
    truth = house.truth
    assert (truth.held, truth.sold, truth.by_hand) == (D(held), D(sold), D(by_hand))
    assert (truth.claimed, truth.covered) == (D(held), D(held))


def test_the_stop_fills_while_a_signal_takes_it_back(house: House):
    buy(house)
    leave(house, 0.02)
    assert [order.status for order in ours(house, alive=True)] == [Status.PENDING_CANCEL, Status.HELD]
    show(house, AT_STOP)
    ends(house, held="0", sold="10")
    assert (sells(house), closes(house)) == ({"stop": 10}, [])


def test_the_target_fills_while_a_signal_takes_it_back(house: House):
    buy(house)
    leave(house, 0.02)
    show(house, AT_TARGET)
    ends(house, held="0", sold="10")
    assert (sells(house), closes(house)) == ({"limit": 10}, [])


def test_target_and_stop_both_fill_in_part_while_a_policy_takes_them_back(house: House):
    buy(house)
    fill_in_parts(house)
    show(house, AT_TARGET)
    show(house, AT_STOP)
    ends(house, held="0", sold="10")
    assert sells(house) == {"limit": 6, "stop": 1, "market": 3}


def test_a_cancel_is_refused_because_the_order_has_filled_and_nobody_was_told(house: House):
    buy(house)
    house.counter.stream.is_mute = True
    show(house, AT_STOP, 0.5)
    leave(house, 1.0)
    ends(house, held="0", sold="10")
    assert closes(house) == []


def test_a_stop_that_has_filled_in_part_is_taken_back_and_the_rest_is_sold(house: House):
    buy(house)
    fill_in_parts(house)
    show(house, AT_STOP)
    part = sells(house)["stop"]
    fill_in_parts(house, "0")
    leave(house, 1.0)
    ends(house, held="0", sold="10")
    assert 0 < part < 10
    assert sells(house) == {"stop": part, "market": 10 - part}


def test_a_cancel_that_the_exchange_declines_is_asked_for_again(house: House):
    buy(house)
    house.counter.fates.script["cancel"] = ["declined"]
    leave(house, 5.0)
    ends(house, held="0", sold="10")
    assert statuses(house, Purpose.PROTECT).count(OrderStatus.PENDING_CANCEL) == 2


def test_shares_that_another_order_holds_are_protected_once_they_are_free(house: House):
    buy(house)
    house.judge.trouble = house.loop.time()
    house.do(_swap_for_an_order_by_hand(house, D(10)))
    house.pass_time(10.0)
    assert house.truth.claimed == 0
    assert OrderStatus.REJECTED in statuses(house, Purpose.PROTECT)
    house.do(_cancel(house, "hand-1"))
    ends(house, held="10", sold="0")


def test_beside_an_order_of_a_person_what_it_leaves_free_is_protected(house: House):
    buy(house)
    house.judge.trouble = house.loop.time()
    house.do(_swap_for_an_order_by_hand(house, D(4)))
    house.pass_time(5.0)
    assert (house.truth.claimed, house.truth.covered, house.truth.offered) == (6, 6, 4)
    house.do(_cancel(house, "hand-1"))
    ends(house, held="10", sold="0")


def test_what_a_person_sells_of_ours_beside_our_protection_is_sold_once(house: House):
    buy(house)
    house.judge.surprise = house.judge.trouble = house.loop.time()
    house.do(_swap_for_an_order_by_hand(house, D(4)))
    house.pass_time(5.0)
    show(house, D(301))
    house.pass_time(20.0)
    ends(house, held="0", sold="6", by_hand="4")


def test_a_signal_sells_what_a_person_leaves_free_and_the_rest_afterwards(house: House):
    buy(house)
    house.judge.trouble = house.loop.time()
    house.do(_swap_for_an_order_by_hand(house, D(4)))
    house.pass_time(5.0)
    leave(house, 2.0)
    assert (house.truth.held, closes(house)) == (4, [6])
    house.do(_cancel(house, "hand-1"))
    ends(house, held="0", sold="10")
    assert closes(house) == [6, 4]


async def _swap_for_an_order_by_hand(house: House, qty: Decimal) -> None:
    for order in ours(house, alive=True):
        house.street.cancel_by_hand(order.id)
    house.street.sell_by_hand("hand-1", qty, limit=D(300))


async def _cancel(house: House, name: str) -> None:
    house.street.cancel_by_hand(house.street.books.client_order_ids[name])


def test_the_broker_goes_down_between_the_cancel_and_the_sale(house: House):
    buy(house)
    house.judge.trouble = house.loop.time()
    leave(house, 0.03)
    house.counter.go_down()
    house.pass_time(6.0)
    assert (house.truth.held, house.truth.claimed) == (10, 0)
    ends(house, held="0", sold="10")
    assert sells(house) == {"market": 10}


def test_the_answer_to_the_sale_is_lost_and_the_executor_killed(house: House):
    buy(house)
    house.judge.trouble = house.loop.time()
    house.counter.fates.script["submit"] = ["unheard"]
    leave(house, 0.07)
    house.restart("executor", killed=True)
    ends(house, held="0", sold="10")
    assert sells(house) == {"market": 10}


def test_a_person_sells_everything_by_hand(house: House):
    buy(house)
    house.do(_sell_by_hand(house, D(10)))
    ends(house, held="0", sold="0", by_hand="10")


def test_a_person_sells_some_shares_by_hand(house: House):
    buy(house)
    house.do(_sell_by_hand(house, D(4)))
    ends(house, held="6", sold="0", by_hand="4")


def test_a_person_sells_by_hand_what_a_sale_of_ours_is_on_its_way_for(house: House):
    buy(house)
    leave(house, 0.0598)
    assert closes(house) == [10]
    house.do(_sell_by_hand(house, D(10)))
    ends(house, held="0", sold="0", by_hand="10")
    assert OrderStatus.REJECTED in statuses(house, Purpose.CLOSE)


def test_a_sale_refused_because_a_person_sold_first_unseen_is_soon_made_for_what_is_left(house: House):
    buy(house)
    leave(house, 0.0598)
    house.counter.stream.is_mute = True
    house.do(_sell_by_hand(house, D(9)))
    house.pass_time(0.1)
    house.counter.stream.is_mute = False
    house.pass_time(12.0)
    assert house.truth.held == 0
    ends(house, held="0", sold="1", by_hand="9")


async def _sell_by_hand(house: House, qty: Decimal) -> None:
    house.judge.surprise = house.judge.trouble = house.loop.time()
    for order in ours(house, alive=True):
        house.street.cancel_by_hand(order.id)
    house.street.sell_by_hand("hand-1", qty)


def test_an_order_fills_after_its_cancel_and_what_took_its_place_ends(house: House):
    buy(house)
    house.judge.surprise = house.judge.trouble = house.loop.time()
    assert cancel_by_hand(house, NEVER_LATE)
    house.pass_time(1.0)
    assert house.truth.claimed == 10
    assert fill_late(house, NEVER_LATE)
    ends(house, held="0", sold="10")


def test_the_rest_of_an_entry_is_taken_back_before_the_shares_are_sold(house: House):
    fill_in_parts(house)
    house.do(house.buy(D(10)))
    house.pass_time(1.0)
    fill_in_parts(house, "0")
    held = house.truth.held
    assert 0 < held < 10
    leave(house, 1.0)
    ends(house, held="0", sold=str(held))
