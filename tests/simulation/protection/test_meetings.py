"""Where two things that befall a position meet: each ends flat or protected, at the exchange itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.commands import FlattenAsked
from contracts.control import LimitsSet
from contracts.exits import CancelProtection, ClosePosition, MoveProtection, PlaceProtection
from contracts.limits import Limits
from contracts.orders import OrderChanged, Purpose
from exchange.book import STOPS, Session
from tests.simulation.protection.acts import ours
from tests.simulation.protection.house import House
from tests.simulation.protection.nights import COUNT_SECONDS, announce, close, midnight, open_anew
from tests.simulation.protection.street import NAME

D = Decimal
UP = D("171.20")


def limit(house: House, limits: Limits) -> None:
    house.do(house.add(LimitsSet(control_id="l", scope="all", limits=limits, by="ann")))


def buy(house: House, qty: str = "10", *, bracket: bool = False) -> None:
    house.do(house.buy(D(qty), bracket=bracket))
    house.pass_time(1.0)
    assert (house.truth.held, house.truth.bare) == (D(qty), 0)


def buy_some(house: House) -> Decimal:
    """Buy a part of ten shares whose exits come along, and let the rest not come."""
    house.street.venue = replace(house.street.venue, partial_fills=D(1))
    house.do(house.buy(D(10), bracket=True))
    house.pass_time(0.2)
    house.street.venue = replace(house.street.venue, partial_fills=D(0))
    assert 0 < house.truth.held < 10
    return house.truth.held


def show(house: House, price: Decimal, seconds: float = 2.0) -> None:
    house.do(house.quote(price))
    house.pass_time(seconds)


def ring(house: House, seconds: float = 5.0) -> None:
    async def act() -> None:
        house.street.ring()

    house.do(act())
    house.pass_time(seconds)


def kill(house: House, seconds: float) -> None:
    house.do(house.add(FlattenAsked(command_id="c1", account=NAME, by="ann", halt="h1")))
    house.pass_time(seconds)


def offer(house: House, qty: str, name: str = "hand-1") -> None:
    """Let a person take our orders back, and offer some shares far above the price."""

    async def act() -> None:
        for order in ours(house, alive=True):
            house.street.cancel_by_hand(order.id)
        house.street.sell_by_hand(name, D(qty), limit=D(300))

    house.judge.surprise = house.judge.trouble = house.loop.time()
    house.do(act())
    house.pass_time(5.0)


def withdraw(house: House, name: str = "hand-1") -> None:
    async def act() -> None:
        house.street.cancel_by_hand(house.street.books.client_order_ids[name])

    house.do(act())
    house.pass_time(5.0)


def stops(house: House) -> list[tuple[Decimal, Decimal | None]]:
    """Give quantity and stop of what rests."""
    return sorted((one.qty or D(0), one.stop_price) for one in ours(house, alive=True) if one.type in STOPS)


def wants(house: House) -> list[str]:
    return [type(wanted).__name__ for wanted in house.wanted()]


def ends(house: House, *, held: str, sold: str) -> None:
    house.come_to_rest()
    truth = house.truth
    assert (truth.held, truth.sold, truth.by_hand) == (D(held), D(sold), 0)
    assert (truth.claimed, truth.covered) == (D(held), D(held))


def test_exits_that_came_with_an_entry_are_taken_back_on_the_eve_of_a_split(house: House):
    buy(house, bracket=True)
    announce(house)
    close(house)
    assert (house.truth.held, house.truth.claimed) == (10, 0)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    assert stops(house) == [(20, D("80.04"))]
    open_anew(house)
    ends(house, held="20", sold="0")


def test_an_entry_that_is_not_complete_on_the_eve_of_a_split_ends_and_what_came_is_split(house: House):
    held = buy_some(house)
    house.counter.fates.script["cancel"] = ["stuck"]
    announce(house)
    close(house)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    assert stops(house) == [(2 * held, D("80.04"))]
    open_anew(house)
    ends(house, held=str(2 * held), sold="0")


def test_a_raised_stop_is_divided_and_rises_on(house: House):
    limit(house, Limits(ratchet=D("0.01")))
    buy(house, bracket=True)
    show(house, UP)
    assert stops(house) == [(10, D("166.82"))]
    announce(house)
    close(house)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    assert stops(house) == [(20, D("83.41"))]
    open_anew(house)
    show(house, D("88.00"), 5.0)
    assert next(one.client_order_id for one in house.told() if isinstance(one, MoveProtection)) == "entry1"
    assert stops(house) == [(20, D("85.26"))]
    ends(house, held="20", sold="0")


def test_a_limit_outside_the_hours_rests_when_the_split_comes(house: House):
    buy(house)
    announce(house)
    close(house)
    assert house.street.state.session is Session.AFTER
    show(house, house.price)

    async def fall() -> None:
        house.street.show(D("160"))

    house.do(fall())
    house.do(house.leave())
    house.pass_time(3.0)
    assert [one.limit_price for one in house.wanted() if isinstance(one, ClosePosition)] == [D("166.80")]
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    open_anew(house)
    ends(house, held="0", sold="20")


def test_a_person_offers_what_exits_of_an_entry_held_and_a_split_comes(house: House):
    buy(house, bracket=True)
    offer(house, "4")
    assert (house.truth.covered, house.truth.offered) == (6, 4)
    announce(house)
    house.judge.trouble = house.loop.time()
    close(house)
    midnight(house)
    house.pass_time(COUNT_SECONDS)
    open_anew(house)
    ends(house, held="20", sold="0")


def test_parts_with_a_nearer_target_give_way_to_an_offer_and_come_back(house: House):
    limit(house, Limits(scale_out=("0.05:0.5", "0.10:0.25")))
    buy(house)
    assert [qty for qty, _ in stops(house)] == [2, 3, 5]
    offer(house, "4")
    assert (house.truth.covered, house.truth.offered) == (6, 4)
    withdraw(house)
    assert sum(qty for qty, _ in stops(house)) == 10
    show(house, D("177.00"), 5.0)
    ends(house, held="5", sold="5")


def test_the_kill_switch_while_an_entry_is_not_complete_and_the_market_closes(house: House):
    held = buy_some(house)
    house.counter.fates.script["cancel"] = ["stuck"]
    house.judge.trouble = house.loop.time()
    kill(house, 0.3)
    ring(house)
    ring(house, 30.0)
    ends(house, held="0", sold=str(held))


def test_the_kill_switch_sells_what_a_halted_entry_buys_when_trading_goes_on(house: House):
    async def halt() -> None:
        house.street.halt()

    async def resume() -> None:
        house.street.resume()

    house.do(halt())
    house.do(house.buy(D(10), bracket=True))
    house.pass_time(1.0)
    house.counter.fates.script["cancel"] = ["lost"]
    house.judge.trouble = house.loop.time()
    kill(house, 1.0)
    house.do(resume())
    show(house, house.price, 20.0)
    ends(house, held="0", sold="10")


def test_an_entry_whose_stop_the_exchange_refuses_leaves_nothing(house: House):
    house.do(house.buy(D(10), house.price * 2, house.price * 3, bracket=True))
    house.pass_time(3.0)
    told = [one.status for one in house.told() if isinstance(one, OrderChanged) and one.purpose is Purpose.ENTRY]
    assert told[-1] == "rejected"
    assert (house.truth.held, wants(house), house.believed.positions) == (0, [], {})
    ends(house, held="0", sold="0")


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_raised_stop_that_came_with_its_entry_is_known_after_a_restart_and_taken_back_for_a_signal(
    house: House, *, forgetful: bool
):
    limit(house, Limits(ratchet=D("0.01")))
    buy(house, bracket=True)
    show(house, UP)
    house.restart("position-manager", killed=True, forgetful=forgetful)
    house.restart("executor", killed=True, forgetful=forgetful)
    house.pass_time(5.0)
    house.do(house.leave())
    house.pass_time(5.0)
    ends(house, held="0", sold="10")
    assert [type(one) for one in house.wanted()] == [CancelProtection, ClosePosition]
    assert [one for one in house.wanted() if isinstance(one, PlaceProtection)] == []
