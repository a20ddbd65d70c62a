"""Splits: what they make of holdings, prices and orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from exchange import splitting
from exchange.accounts import equity
from exchange.assets import Asset
from exchange.book import Amendment, Moment, Session
from exchange.fills import Print
from exchange.split import Split
from exchange.state import State, fold
from exchange.venue import Venue

if TYPE_CHECKING:
    from .conftest import World

D = Decimal


def split(world: World, new: str, old: str, symbol: str = "SPY", name: str = "one") -> None:
    """Announce a split and let it happen at once."""
    at = world.at()
    one = Split(name, symbol, D(old), D(new), "2013-10-08", "2013-10-07", at.now)
    for outcome in (
        splitting.announce(world.state, one, at),
        splitting.carry_out(world.state, world.venue, at),
    ):
        world.changes.extend(outcome.changes)
        world.told.extend(f"{event.event} {event.order.type}" for event in outcome.events)


@pytest.mark.parametrize(
    ("new", "old", "qty", "average", "price"),
    [
        ("2", "1", "20", "50.005", "50"),
        ("1", "5", "2", "500.05", "500"),
        ("3", "2", "15", "66.673333", "66.666667"),
        ("21", "20", "10.5", "95.247619", "95.238095"),  # a dividend in shares
        ("1", "3", "3.333333333", "300.03", "300"),  # Alpaca pays out fractions in shares
    ],
)
def test_a_split_changes_shares_and_prices_and_leaves_the_worth(
    world: World, new: str, old: str, qty: str, average: str, price: str
):
    world.send("buy", "10")
    before = equity(world.account, world.state.prints)
    split(world, new, old)
    held = world.account.positions["SPY"]
    assert (held.qty, held.avg_entry_price, world.state.prints["SPY"].price) == (D(qty), D(average), D(price))
    assert abs(equity(world.account, world.state.prints) - before) < D("0.01")


def test_what_is_left_of_a_share_that_cannot_be_held_is_paid_out(world: World):
    world.venue = replace(world.venue, assets={"SPY": Asset("SPY", is_fractionable=False)})
    world.send("buy", "10")
    before, cash = equity(world.account, world.state.prints), world.account.cash
    split(world, "1", "3")
    assert world.account.positions["SPY"].qty == D(3)
    assert world.account.cash - cash == D("100.00")
    assert equity(world.account, world.state.prints) == before
    assert [(one.qty_before, one.qty_after, one.paid) for one in world.account.dealt] == [(D(10), D(3), D("100.00"))]


def test_a_holding_of_less_than_a_share_can_vanish(world: World):
    world.venue = replace(world.venue, assets={"SPY": Asset("SPY", is_fractionable=False)})
    world.send("buy", "2")
    loss = world.send("sell", "2", stop="90", tif="gtc")
    split(world, "1", "5")
    assert world.account.positions == {}
    assert world.statuses([loss]) == ["canceled"]


def test_a_short_position_is_split_too(world: World):
    world.send("sell", "10")
    split(world, "2", "1")
    assert (world.account.positions["SPY"].qty, world.account.cash) == (D(-20), D("100999.90"))


def test_a_split_leaves_orders_as_they_are_and_the_next_price_sets_off_a_stop_that_nobody_cared_for(world: World):
    world.send("buy", "10")
    loss = world.send("sell", "10", stop="95", tif="gtc")
    split(world, "2", "1")
    assert (world.now_is(loss).status, world.now_is(loss).stop_price, world.now_is(loss).qty) == ("new", D(95), D(10))
    world.trade("50")
    assert world.statuses([loss]) == ["filled"]
    assert world.account.positions["SPY"].qty == D(10)


def test_a_reverse_split_cancels_what_would_sell_more_than_is_held(world: World):
    world.send("buy", "10")
    small = world.send("sell", "1", limit="2000", tif="gtc")
    large, guard = world.group("oco", "9", profit="1100", loss="90")
    world.heard()
    split(world, "1", "10")
    assert world.statuses([small, large, guard]) == ["new", "canceled", "canceled"]
    assert sorted(world.heard()) == ["canceled limit", "canceled stop"]


def test_of_orders_that_fit_one_by_one_the_youngest_is_canceled(world: World):
    world.send("buy", "10")
    orders = [world.send("sell", "5", limit=price, tif="gtc") for price in ("2000", "3000")]
    split(world, "1", "2")
    assert world.statuses(orders) == ["new", "canceled"]


def test_what_is_about_to_take_the_place_of_an_order_falls_with_it(slow_world: World):
    world = slow_world
    world.send("buy", "10")
    world.wait(2)
    loss = world.send("sell", "10", stop="90", tif="gtc")
    world.wait(2)
    new = world.replaced(loss, Amendment(stop_price=D(95)))
    world.told.clear()
    split(world, "1", "10")
    assert world.heard() == ["canceled stop", "rejected stop"]
    assert world.statuses([loss, new]) == ["canceled", "rejected"]


def test_an_order_to_open_is_left_alone(world: World):
    orders = [world.send("buy", "10", limit="90", tif="gtc"), world.send("buy", "3", symbol="SPY", limit="80")]
    split(world, "1", "10")
    assert world.statuses(orders) == ["new", "new"]


def test_other_symbols_are_left_alone(world: World):
    world.trade("100", "IBM")
    world.send("buy", "10", symbol="IBM")
    split(world, "2", "1")
    assert (world.account.positions["IBM"].qty, world.state.prints["IBM"].price) == (D(10), D(100))


def test_a_split_waits_for_its_time_and_happens_once():
    state, venue = State("6c1d4f2e-0b3a-4f5c-8d7e-9a0b1c2d3e4f"), Venue({})
    state.prints["SPY"] = Print("SPY", 0, *(D(100),) * 5)
    from_world = Split("one", "SPY", D(1), D(4), "2013-10-08", "2013-10-07", 50)
    moments = [_moment(now) for now in (1, 49, 50, 51)]
    splitting.announce(state, from_world, moments[0])
    prices: list[Decimal] = []
    for at in moments[1:]:
        splitting.carry_out(state, venue, at)
        prices.append(state.prints["SPY"].price)
    assert prices == [D(100), D(25), D(25)]


def test_the_day_is_counted_from_the_close_as_it_is_after_the_split(world: World):
    world.send("buy", "10")
    world.close()
    split(world, "4", "1")
    assert world.state.closes["SPY"] == D(25)
    assert world.account.positions["SPY"].day_cost == D(1000)
    assert world.account.last_equity == equity(world.account, world.state.prints)


def test_the_journal_tells_of_splits(world: World):
    world.send("buy", "10")
    split(world, "1", "3")
    again = fold(State(world.state.seed), world.changes)
    assert (again.accounts, again.splits) == (world.state.accounts, world.state.splits)


def _moment(now: int) -> Moment:
    return Moment(now, Session.REGULAR, 1_000, 1_000, "2013-10-08", 600)
