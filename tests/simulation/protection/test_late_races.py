"""Leaving at the exchange while the market is closed: by limit before and after the hours, at the opening else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from contracts.commands import FlattenAsked, FlattenChecked
from contracts.exits import ClosePosition
from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, Purpose
from exchange.book import Session
from tests.simulation.protection.acts import ours
from tests.simulation.protection.house import House
from tests.simulation.protection.street import NAME

D = Decimal
CLOCK_SECONDS = 20.0
"""By then the broker was asked what time it is."""


def evening(house: House, qty: str = "10") -> None:
    """Let it be after the close with shares that are protected, and prices as they were."""
    house.do(house.buy(D(qty)))
    house.pass_time(1.0)
    ring(house)
    house.do(house.quote(house.price))
    assert (house.street.state.session, house.truth.held) == (Session.AFTER, D(qty))


def ring(house: House) -> None:
    async def act() -> None:
        house.street.ring()

    house.do(act())
    house.pass_time(CLOCK_SECONDS)


def night(house: House) -> None:
    """Let the trading after the hours end, and the broker tell of it a second later."""

    async def dusk() -> None:
        house.street.dusk(timedelta(seconds=CLOCK_SECONDS))

    async def act() -> None:
        house.street.night()

    house.do(dusk())
    house.pass_time(CLOCK_SECONDS + 1)
    house.do(act())
    house.pass_time(CLOCK_SECONDS)


def morning(house: House) -> None:
    async def act() -> None:
        house.street.morning()

    house.do(act())
    house.pass_time(CLOCK_SECONDS)


def trades_at(house: House, price: str) -> None:
    """Let the exchange trade at a price that nobody has told us of yet."""

    async def act() -> None:
        house.street.show(D(price))

    house.do(act())


def show(house: House, price: str, seconds: float = 1.0) -> None:
    house.do(house.quote(D(price)))
    house.pass_time(seconds)


def leave(house: House, seconds: float = 1.0) -> None:
    house.do(house.leave())
    house.pass_time(seconds)


def kill(house: House, name: str = "c1", seconds: float = 10.0) -> None:
    house.do(house.add(FlattenAsked(command_id=name, account=NAME, by="ann", halt=f"h-{name}")))
    house.pass_time(seconds)


def checks(house: House, name: str = "c1") -> list[FlattenChecked]:
    return [one for one in house.told() if isinstance(one, FlattenChecked) and one.command_id == name]


def sales(house: House) -> list[tuple[Decimal, Decimal | None]]:
    """List what was asked to be sold, each with its limit."""
    return [(one.qty, one.limit_price) for one in house.wanted() if isinstance(one, ClosePosition)]


def sold(house: House) -> list[tuple[str, Decimal]]:
    """List what was sold, by which type of order."""
    orders = house.street.books.orders.values()
    return [(order.type, order.filled_qty) for order in orders if order.side == "sell" and order.filled_qty]


def ends_flat(house: House, qty: str = "10") -> None:
    house.come_to_rest()
    assert (house.truth.held, house.truth.sold, house.truth.claimed) == (0, D(qty), 0)


def test_after_the_hours_a_signal_sells_by_limit_without_waiting_for_the_open(house: House):
    evening(house)
    leave(house)
    assert (house.truth.held, sold(house)) == (0, [("limit", D(10))])
    assert sales(house) == [(10, D("166.80"))]
    assert house.street.state.session is Session.AFTER
    ends_flat(house)


def test_before_the_hours_too(house: House):
    evening(house)
    night(house)
    morning(house)
    show(house, "150")
    leave(house)
    assert (house.truth.held, sales(house), house.street.state.session) == (0, [(10, D("148.49"))], Session.PRE)
    ends_flat(house)


def test_a_limit_that_the_bid_fell_below_is_taken_back_and_sells_at_the_new_bid(house: House):
    evening(house)
    trades_at(house, "160")
    leave(house)
    assert (house.truth.held, house.truth.claimed) == (10, 10)
    show(house, "160", 10.0)
    assert (house.truth.held, sales(house)) == (0, [(10, D("166.80")), (10, D("158.39"))])
    ends_flat(house)


def test_a_limit_that_fills_while_it_is_taken_back_sells_once(house: House):
    evening(house)
    trades_at(house, "160")
    leave(house)
    house.do(house.quote(D(160)))
    while not any(order.status == "pending_cancel" for order in ours(house, alive=True)):
        house.pass_time(0.01)
    trades_at(house, "170")
    house.pass_time(10.0)
    assert (house.truth.held, sales(house)) == (0, [(10, D("166.80"))])
    ends_flat(house)


def test_the_market_opens_while_a_limit_rests(house: House):
    evening(house)
    night(house)
    morning(house)
    show(house, "168.50")
    trades_at(house, "160")
    leave(house)
    assert house.truth.held == 10
    ring(house)
    show(house, "160", 10.0)
    assert (house.truth.held, sold(house)) == (0, [("market", D(10))])
    ends_flat(house)


def test_what_no_bid_took_when_the_evening_ends_is_protected_and_sold_in_the_morning(house: House):
    evening(house)
    trades_at(house, "160")
    leave(house)
    night(house)
    statuses = [one.status for one in house.told() if isinstance(one, OrderChanged) and one.purpose is Purpose.CLOSE]
    assert statuses[-1] is OrderStatus.EXPIRED
    assert (house.truth.held, house.truth.covered, sales(house)) == (10, 10, [(10, D("166.80"))])
    morning(house)
    assert (house.truth.held, house.truth.covered, sales(house)) == (10, 10, [(10, D("166.80"))])
    show(house, "160", 5.0)
    assert (house.truth.held, sold(house)) == (0, [("limit", D(10))])
    ends_flat(house)


def test_of_whole_shares_and_a_fraction_the_fraction_waits_for_the_open(house: House):
    evening(house, "2.5")
    leave(house)
    assert (house.truth.held, sorted(sales(house), key=str)) == (D("0.5"), [(D("0.5"), None), (2, D("166.80"))])
    ring(house)
    show(house, "168.50", 5.0)
    assert house.truth.held == 0
    ends_flat(house, "2.5")


def test_the_kill_switch_after_the_hours_ends_flat_there_and_then(house: House):
    evening(house)
    kill(house)
    last = checks(house)[-1]
    assert (last.flat, last.done, last.remaining, house.street.state.session) == (True, True, (), Session.AFTER)
    ends_flat(house)


def test_the_kill_switch_at_night_tells_what_remains_until_when_and_ends_flat_at_the_opening(house: House):
    evening(house)
    night(house)
    kill(house)
    last = checks(house)[-1]
    assert [(one.symbol, one.qty, one.why) for one in last.remaining] == [
        ("SPY", 10, "a sale of 10 is accepted, 0 of it done")
    ]
    assert (last.flat, last.done, last.until) == (False, False, house.street.opened + timedelta(days=1))
    morning(house)
    assert not checks(house)[-1].flat
    ring(house)
    show(house, "168.50", 10.0)
    last = checks(house)[-1]
    assert (last.flat, last.done, last.until) == (True, True, None)
    assert sold(house) == [("market", D(10))]
    ends_flat(house)


def test_a_second_order_at_night_sells_nothing_twice(house: House):
    evening(house)
    night(house)
    kill(house, "c1")
    kill(house, "c2")
    assert sales(house) == [(10, None)]
    ring(house)
    show(house, "168.50", 10.0)
    assert [checks(house, name)[-1].flat for name in ("c1", "c2")] == [True, True]
    ends_flat(house)
