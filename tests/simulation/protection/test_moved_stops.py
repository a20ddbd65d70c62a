"""Races of stops that are raised, at the exchange: each ends flat or protected once, nothing is sold twice."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.control import LimitsSet
from contracts.exits import MoveProtection
from contracts.limits import Limits
from contracts.orders import OrderChanged
from exchange.book import STOPS, Order
from tests.simulation.protection.acts import ours
from tests.simulation.protection.house import PRICE, House

D = Decimal
UP, HIGHER, AT_STOP = D("171.20"), D("175.00"), D("160.00")
FIRST, RAISED = D("160.08"), D("166.82")
"""Five per cent below the fill, and one below what it cost."""


async def _follow(house: House) -> None:
    await house.add(LimitsSet(control_id="r", scope="all", limits=Limits(ratchet=D("0.01")), by="ann"))


def buy(house: House, qty: str = "10") -> None:
    house.do(_follow(house))
    house.do(house.buy(D(qty)))
    house.pass_time(1.0)
    house.do(house.quote(PRICE))
    house.pass_time(1.0)
    assert stops(house) == [FIRST]


def show(house: House, price: Decimal, seconds: float) -> None:
    house.do(house.quote(price))
    house.pass_time(seconds)


def rise_until_asked(house: House) -> MoveProtection:
    """Let the price rise, and time pass until a stop is wanted higher and the request for it is on its way."""
    house.do(house.quote(UP))
    for _ in range(2000):
        if found := moves(house):
            house.pass_time(0.007)
            return found[-1]
        house.pass_time(0.001)
    raise AssertionError("nothing was asked for")


def working(house: House) -> list[Order]:
    return [order for order in ours(house, alive=True) if order.type in STOPS]


def stops(house: House) -> list[Decimal | None]:
    """Say where stops rest: one that is about to give its place to another is none any more."""
    return [order.stop_price for order in working(house) if order.status != "pending_replace"]


def moves(house: House) -> list[MoveProtection]:
    return [one for one in house.told() if isinstance(one, MoveProtection)]


def noes(house: House) -> list[str]:
    return [one.reason for one in house.told() if isinstance(one, OrderChanged) and one.code]


def ends(house: House, *, held: str, sold: str, at: Sequence[Decimal] = ()) -> None:
    house.come_to_rest()
    truth = house.truth
    assert (truth.held, truth.sold, truth.by_hand) == (D(held), D(sold), 0)
    assert (truth.claimed, truth.covered, stops(house)) == (D(held), D(held), list(at))


@pytest.mark.parametrize("qty", ["10", "0.5"])
def test_the_stop_at_the_exchange_follows_and_no_share_is_bare_meanwhile(house: House, qty: str):
    buy(house, qty)
    show(house, UP, 3.0)
    assert stops(house) == [RAISED]
    ends(house, held=qty, sold="0", at=[RAISED])
    assert (len(moves(house)), noes(house)) == (1, [])


def test_what_nobody_watches_the_raised_stop_sells(house: House):
    buy(house)
    show(house, UP, 3.0)
    house.do(_print(house, D("166.00")))
    house.pass_time(1.0)
    assert (house.truth.held, house.truth.sold) == (0, 10)


async def _print(house: House, price: Decimal) -> None:
    """Let a trade print of which nobody is told."""
    house.street.show(price)


def test_a_stop_fills_while_it_is_replaced(house: House):
    buy(house)
    rise_until_asked(house)
    assert any(order.status == "pending_replace" for order in working(house))
    show(house, AT_STOP, 1.0)
    ends(house, held="0", sold="10")


def test_a_part_of_a_stop_fills_while_it_is_replaced(house: House):
    buy(house)
    rise_until_asked(house)
    house.street.venue = replace(house.street.venue, partial_fills=D(1))
    show(house, AT_STOP, 0.06)
    house.street.venue = replace(house.street.venue, partial_fills=D(0))
    assert 0 < house.truth.held < 10
    ends(house, held="0", sold="10")


def test_it_is_refused_because_the_stop_has_filled_and_nobody_was_told(house: House):
    buy(house)
    house.counter.stream.is_mute = True
    show(house, AT_STOP, 0.5)
    show(house, UP, 3.0)
    assert (len(moves(house)), house.known()) == (1, (0, 0))
    ends(house, held="0", sold="10")


def test_it_is_refused_because_a_person_is_moving_the_stop_in_that_moment(house: House):
    buy(house)
    house.judge.surprise = house.loop.time()
    house.do(house.quote(UP))
    house.pass_time(0.01)
    house.do(_move_by_hand(house, D("161.00"), at_once=False))
    house.pass_time(1.5)
    ends(house, held="10", sold="0", at=[RAISED])
    assert len(moves(house)) >= 1


def test_a_person_has_raised_the_stop_and_nobody_was_told(house: House):
    buy(house)
    house.counter.stream.is_mute = True
    house.do(_move_by_hand(house, D("167.50")))
    show(house, UP, 3.0)
    assert (noes(house), stops(house)) == ([], [D("167.50")])
    ends(house, held="10", sold="0", at=[D("167.50")])


async def _move_by_hand(house: House, price: Decimal, *, at_once: bool = True) -> None:
    (stop,) = working(house)
    house.street.move_by_hand(stop.id, price, at_once=at_once)


@pytest.mark.parametrize("qty", ["10", "0.5"])
def test_a_soft_exit_begins_while_the_stop_is_replaced(house: House, qty: str):
    buy(house, qty)
    rise_until_asked(house)
    house.do(house.leave())
    house.pass_time(2.0)
    assert (house.truth.held, house.truth.sold) == (0, D(qty))
    ends(house, held="0", sold=qty)


@pytest.mark.parametrize("qty", ["10", "0.5"])
@pytest.mark.parametrize("fate", ["lost", "unheard", "down"])
def test_the_answer_is_lost_and_the_executor_killed(house: House, fate: str, qty: str):
    buy(house, qty)
    house.judge.trouble = house.loop.time()
    house.counter.fates.script["replace"] = [fate]
    rise_until_asked(house)
    house.restart("executor", killed=True)
    ends(house, held=qty, sold="0", at=[RAISED])


def test_the_executor_is_killed_between_the_wish_and_the_request(house: House):
    buy(house)
    house.counter.go_down()
    show(house, UP, 2.0)
    house.restart("executor", killed=True)
    house.judge.trouble = house.loop.time()
    ends(house, held="10", sold="0", at=[RAISED])


@pytest.mark.parametrize("qty", ["10", "0.5"])
@pytest.mark.parametrize("fates", [("late", "", "late"), ("late", "late"), ("dropped", "late"), ("doubled", "doubled")])
def test_the_old_one_and_the_new_one_are_told_of_out_of_order(house: House, fates: tuple[str, ...], qty: str):
    buy(house, qty)
    house.judge.trouble = house.loop.time()
    house.counter.fates.script |= {"stream": list(fates), "replace": ["unheard"]}
    rise_until_asked(house)
    ends(house, held=qty, sold="0", at=[RAISED])


def test_a_stop_is_raised_again_and_again_and_taken_back_in_the_end(house: House):
    buy(house)
    for price in (UP, D("174.00"), D("178.00"), D("184.00")):
        show(house, price, 3.0)
    assert len(moves(house)) == 4
    assert stops(house) == [moves(house)[-1].stop_price]
    house.do(house.leave())
    house.pass_time(1.0)
    ends(house, held="0", sold="10")
