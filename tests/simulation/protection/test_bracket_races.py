"""Races about exits that come with their entry, at the exchange: each ends flat or protected, nothing sold twice."""

from __future__ import annotations

import random
from decimal import Decimal

from msgspec.structs import replace

from contracts.control import LimitsSet
from contracts.exits import CancelProtection, ClosePosition, MoveProtection, PlaceProtection
from contracts.limits import Limits
from exchange.book import STOPS, Status
from tests.simulation.protection.acts import cancel_by_hand, fill_late, ours
from tests.simulation.protection.house import House

D = Decimal
AT_TARGET, AT_STOP = D("202.30"), D("160.00")
NEVER_LATE = random.Random(0)


def buy(house: House) -> None:
    """Buy ten shares whole, whose exits come along."""
    house.do(house.buy(D(10), bracket=True))
    house.pass_time(1.0)
    assert (house.truth.held, house.truth.bare) == (10, 0)
    assert house.wanted() == []


def fill_in_parts(house: House, share: str = "1") -> None:
    house.street.venue = replace(house.street.venue, partial_fills=D(share))


def buy_some(house: House) -> Decimal:
    """Buy a part of ten shares, and let the rest not come."""
    fill_in_parts(house)
    house.do(house.buy(D(10), bracket=True))
    house.pass_time(0.2)
    fill_in_parts(house, "0")
    held = house.truth.held
    assert 0 < held < 10
    assert (house.truth.claimed, house.truth.bare) == (0, held)
    return held


def leave(house: House, seconds: float) -> None:
    house.do(house.leave())
    house.pass_time(seconds)


def show(house: House, price: Decimal, seconds: float = 1.0) -> None:
    house.do(house.quote(price))
    house.pass_time(seconds)


def sells(house: House) -> dict[str, Decimal]:
    """Say what was sold by which kind of order."""
    sold = dict[str, Decimal]()
    for order in house.street.books.orders.values():
        if order.side == "sell" and order.filled_qty:
            sold[order.type] = sold.get(order.type, D(0)) + order.filled_qty
    return sold


def wants(house: House) -> list[str]:
    return [type(wanted).__name__ for wanted in house.wanted()]


def ends(house: House, *, held: str, sold: str, by_hand: str = "0") -> None:
    house.come_to_rest()
    truth = house.truth
    assert (truth.held, truth.sold, truth.by_hand) == (D(held), D(sold), D(by_hand))
    assert (truth.claimed, truth.covered) == (D(held), D(held))


def test_shares_are_never_bare_when_their_exits_come_along(house: House):
    buy(house)
    ends(house, held="10", sold="0")
    assert wants(house) == []


def test_what_came_of_an_entry_is_protected_once_the_rest_is_taken_back(house: House):
    held = buy_some(house)
    house.pass_time(1.5)
    assert wants(house) == ["CancelProtection", "PlaceProtection"]
    ends(house, held=str(held), sold="0")


def test_the_rest_comes_before_it_is_taken_back(house: House):
    buy_some(house)
    show(house, house.price)
    ends(house, held="10", sold="0")
    assert wants(house) == []


def test_an_entry_completes_while_it_is_taken_back(house: House):
    buy_some(house)
    house.counter.fates.script["cancel"] = ["stuck"]
    house.pass_time(1.0)
    assert wants(house) == ["CancelProtection"]
    show(house, house.price)
    ends(house, held="10", sold="0")
    assert wants(house) == ["CancelProtection"]


def test_the_rest_of_an_entry_comes_after_its_end(house: House):
    buy_some(house)
    house.pass_time(1.5)
    house.judge.surprise = house.judge.trouble = house.loop.time()
    (entry,) = (order for order in house.street.books.orders.values() if order.status is Status.CANCELED and order.legs)
    assert house.street.books.orders[entry.id].filled_qty < 10
    house.do(_fill_late(house, entry.id))
    house.come_to_rest()
    assert (house.truth.held, house.truth.covered) == (10, 10)


async def _fill_late(house: House, order_id: str) -> None:
    assert house.street.fill_late(order_id)


def test_the_stop_fills_while_a_signal_takes_the_exits_back(house: House):
    buy(house)
    leave(house, 0.02)
    show(house, AT_STOP)
    ends(house, held="0", sold="10")
    assert sells(house) == {"stop": 10}


def test_the_target_fills_while_a_signal_takes_the_exits_back(house: House):
    buy(house)
    leave(house, 0.02)
    show(house, AT_TARGET)
    ends(house, held="0", sold="10")
    assert sells(house) == {"limit": 10}


def test_target_and_stop_both_fill_in_part(house: House):
    buy(house)
    fill_in_parts(house)
    show(house, AT_TARGET)
    show(house, AT_STOP)
    ends(house, held="0", sold="10")
    assert sells(house).keys() >= {"limit", "stop"}


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


def test_a_signal_sells_some_shares_and_the_others_are_protected_for_themselves(house: House):
    buy(house)
    house.do(house.leave(D(4)))
    house.pass_time(1.0)
    ends(house, held="6", sold="4")
    assert wants(house) == ["CancelProtection", "PlaceProtection", "ClosePosition"]


def test_exits_that_a_person_cancels_are_replaced(house: House):
    buy(house)
    assert cancel_by_hand(house, NEVER_LATE)
    house.pass_time(1.0)
    assert wants(house) == ["PlaceProtection"]
    ends(house, held="10", sold="0")


def test_an_exit_fills_after_a_person_has_canceled_it(house: House):
    buy(house)
    house.judge.surprise = house.judge.trouble = house.loop.time()
    assert cancel_by_hand(house, NEVER_LATE)
    house.pass_time(1.0)
    assert fill_late(house, NEVER_LATE)
    house.come_to_rest()
    assert house.truth.held == house.truth.covered


def test_nobody_is_told_of_the_fill_nor_of_the_exits(house: House):
    house.counter.stream.is_mute = True
    house.judge.trouble = house.loop.time()
    house.do(house.buy(D(10), bracket=True))
    house.pass_time(1.0)
    assert (house.truth.held, house.truth.bare, house.known()) == (10, 0, (0, 0))
    house.counter.stream.is_mute = False
    house.pass_time(70.0)
    assert house.known() == (10, 10)
    ends(house, held="10", sold="0")
    assert wants(house) == []


def test_the_answer_to_the_entry_is_lost_and_both_processes_are_killed(house: House):
    house.judge.trouble = house.loop.time()
    house.counter.fates.script["submit"] = ["unheard"]
    house.do(house.buy(D(10), bracket=True))
    house.pass_time(0.07)
    house.restart("executor", killed=True)
    house.restart("position-manager", killed=True, forgetful=True)
    ends(house, held="10", sold="0")
    assert wants(house) == []


def test_a_halted_entry_does_not_outlive_the_session(house: House):
    async def halt() -> None:
        house.street.halt()

    async def ring() -> None:
        house.street.ring()

    house.do(halt())
    house.do(house.buy(D(10), bracket=True))
    house.pass_time(30.0)
    assert house.wanted() == []
    house.do(ring())
    house.pass_time(3.0)
    (taken,) = house.wanted()
    assert isinstance(taken, CancelProtection)
    ends(house, held="0", sold="0")


def test_a_person_sells_everything_by_hand(house: House):
    buy(house)
    house.do(_sell_by_hand(house))
    ends(house, held="0", sold="0", by_hand="10")


async def _sell_by_hand(house: House) -> None:
    house.judge.surprise = house.judge.trouble = house.loop.time()
    for order in ours(house, alive=True):
        house.street.cancel_by_hand(order.id)
    house.street.sell_by_hand("hand-1", D(10))


def test_the_broker_goes_down_between_the_end_of_the_exits_and_the_sale(house: House):
    buy(house)
    house.judge.trouble = house.loop.time()
    leave(house, 0.03)
    house.counter.go_down()
    house.pass_time(6.0)
    ends(house, held="0", sold="10")
    assert sells(house) == {"market": 10}
    assert [wanted.qty for wanted in house.wanted() if isinstance(wanted, ClosePosition)] == [10]
    assert [wanted for wanted in house.wanted() if isinstance(wanted, PlaceProtection)] == []


def test_the_stop_that_came_with_the_entry_is_raised_in_its_place(house: House):
    async def follow() -> None:
        await house.add(LimitsSet(control_id="r", scope="all", limits=Limits(ratchet=D("0.01")), by="ann"))

    house.do(follow())
    buy(house)
    show(house, D("171.20"), 2.0)
    assert [order.stop_price for order in ours(house, alive=True) if order.type in STOPS] == [D("166.82")]
    assert [one.client_order_id for one in house.told() if isinstance(one, MoveProtection)] == ["entry1"]
    ends(house, held="10", sold="0")
    assert wants(house) == []
    show(house, D("166.00"))
    ends(house, held="0", sold="10")
