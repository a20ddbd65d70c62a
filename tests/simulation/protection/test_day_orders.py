"""Stops of the day at the exchange, over nights: each session opens with one of its own, and never with two."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from contracts.exits import PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, Purpose
from contracts.values import TimeInForce
from exchange.book import Order, Side, ended
from tests.simulation.protection.house import House

D = Decimal
CLOCK_SECONDS = 20.0
"""By then the broker was asked what time it is."""
LOOK_SECONDS = 75.0
"""By then the executor has looked at every order, whatever the stream told."""
AT_STOP = D("160.00")
HALF_DAY = timedelta(hours=3, minutes=30)


def evening(house: House, qty: str = "2.5", *, hours: timedelta | None = None, days: int = 1) -> None:
    """Buy and let the session end; the next one begins so many days after it began."""
    house.street.hours, house.street.away = hours or house.street.hours, timedelta(days=days)
    house.do(house.buy(D(qty)))
    house.pass_time(2.0)
    assert (house.truth.covered, fractions(house)) == (D(qty), [D("0.5")])
    ring(house)


def ring(house: House) -> None:
    async def act() -> None:
        house.street.ring()

    house.do(act())


def fractions(house: House) -> list[Decimal]:
    """List the stops of the day that the exchange has."""
    return [order.qty or D(0) for order in _alive(house) if order.time_in_force == "day"]


def _alive(house: House) -> list[Order]:
    orders = house.street.books.orders.values()
    return [order for order in orders if order.side is Side.SELL and not ended(order)]


def asked(house: House) -> int:
    """Count the stops of the day that were asked for."""
    wanted = (one for one in house.wanted() if isinstance(one, PlaceProtection))
    return sum(one.time_in_force is TimeInForce.DAY for one in wanted)


def refused(house: House) -> int:
    told = (one for one in house.told() if isinstance(one, OrderChanged) and one.purpose is Purpose.PROTECT)
    return sum(one.status is OrderStatus.REJECTED for one in told)


def at_the_open_the_stop_sells(house: House) -> None:
    """Let the next session begin below the stop: what rests sells, before anybody could ask for anything."""
    house.do(_open_at(house, AT_STOP))
    house.pass_time(0.2)
    assert house.truth.held == 0


async def _open_at(house: House, price: Decimal) -> None:
    house.street.ring()
    house.street.show(price)


@pytest.mark.parametrize(
    ("hours", "days"),
    [(None, 1), (HALF_DAY, 1), (None, 3), (None, 4), (HALF_DAY, 3)],
    ids=["a night", "a half-day", "a weekend", "a holiday", "a half-day before a weekend"],
)
def test_what_expired_is_queued_for_the_next_session_right_after_the_close(
    hours: timedelta | None, days: int, house: House
):
    evening(house, hours=hours, days=days)
    house.pass_time(CLOCK_SECONDS)
    assert (fractions(house), asked(house)) == ([D("0.5")], 2)
    at_the_open_the_stop_sells(house)


def test_night_after_night_there_is_one_stop(house: House):
    evening(house)
    for night in range(1, 4):
        house.pass_time(CLOCK_SECONDS)
        assert (fractions(house), asked(house)) == ([D("0.5")], night + 1)
        ring(house)
        house.pass_time(CLOCK_SECONDS)
        assert (fractions(house), asked(house)) == ([D("0.5")], night + 1)
        ring(house)


@pytest.mark.parametrize("how", ["late", "dropped", "doubled"])
def test_an_expiry_that_is_told_late_or_never_or_twice_is_made_up_for_once(how: str, house: House):
    house.judge.trouble = house.loop.time()
    house.do(house.buy(D("2.5")))
    house.pass_time(2.0)
    house.counter.fates.script["stream"] = [how] * 4
    ring(house)
    house.pass_time(LOOK_SECONDS)
    assert (fractions(house), asked(house)) == ([D("0.5")], 2)
    at_the_open_the_stop_sells(house)


def test_before_the_expiry_is_told_nothing_takes_its_place(house: House):
    house.judge.trouble = house.loop.time()
    house.do(house.buy(D("2.5")))
    house.pass_time(2.0)
    house.counter.go_down()
    ring(house)
    for _ in range(10):
        house.judge.trouble = house.loop.time()
        house.pass_time(LOOK_SECONDS)
    assert (fractions(house), asked(house)) == ([], 1)
    house.do(_come_back(house))
    house.judge.trouble = house.loop.time()
    house.pass_time(LOOK_SECONDS)
    assert (fractions(house), asked(house)) == ([D("0.5")], 2)
    at_the_open_the_stop_sells(house)


async def _come_back(house: House) -> None:
    house.counter.come_back()


def test_a_renewal_that_is_refused_over_night_rests_before_the_open(house: House):
    house.judge.trouble = house.loop.time()
    house.do(house.buy(D("2.5")))
    house.pass_time(2.0)
    house.counter.fates.script["submit"] = ["refused"] * 9
    ring(house)
    house.pass_time(60.0)
    assert fractions(house) == []
    house.judge.trouble = house.loop.time()
    house.pass_time(120.0)
    assert (fractions(house), refused(house)) == ([D("0.5")], 9)
    at_the_open_the_stop_sells(house)


@pytest.mark.parametrize("name", ["executor", "position-manager"])
@pytest.mark.parametrize("before", [True, False], ids=["before the expiry is told", "after it"])
def test_who_is_restarted_over_night_renews_once(name: str, house: House, *, before: bool):
    house.judge.trouble = house.loop.time()
    house.do(house.buy(D("2.5")))
    house.pass_time(2.0)
    house.counter.stream.is_mute = before
    ring(house)
    house.pass_time(0.5 if before else CLOCK_SECONDS)
    house.counter.stream.is_mute = False
    house.restart(name, killed=True, forgetful=True)
    house.pass_time(LOOK_SECONDS)
    assert (fractions(house), asked(house)) == ([D("0.5")], 2)
    at_the_open_the_stop_sells(house)
