"""The life of one order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from exchange.accounts import Position
from exchange.book import Ticket
from exchange.refusals import Refusal, not_found, unacceptable
from exchange.turn import Outcome

if TYPE_CHECKING:
    from .conftest import World

D = Decimal
OPEN = 9 * 60 + 30


def test_a_market_order_is_answered_pending_new_and_filled_at_the_quote(world: World):
    order = world.send("buy", "10")
    assert order.status == "pending_new"
    assert world.heard() == ["pending_new market", "new market", "fill market 10@100.01"]
    assert world.now_is(order).filled_avg_price == D("100.01")
    assert world.account.cash == D("98999.90")
    assert world.account.positions == {"SPY": Position("SPY", D(10), D("100.01"), D("1000.10"))}


def test_a_limit_waits_for_its_price_and_trades_at_it(world: World):
    order = world.send("buy", "10", limit="99")
    world.trade("99.50")
    assert world.statuses([order]) == ["new"]
    world.trade("98")
    assert world.now_is(order).filled_avg_price == D(99)


def test_a_stop_is_set_off_by_a_trade_and_sells_at_the_bid(world: World):
    world.send("buy", "10")
    stop = world.send("sell", "10", stop="95")
    world.trade("95.01")
    assert world.statuses([stop]) == ["new"]
    world.trade("94")
    assert world.now_is(stop).filled_avg_price == D("93.99")
    assert world.account.positions == {}


def test_a_stop_limit_that_the_price_ran_past_waits_for_its_limit(world: World):
    world.send("buy", "10")
    order = world.send("sell", "10", limit="95", stop="96")
    world.trade("90")
    assert world.statuses([order]) == ["new"]
    world.trade("97")
    assert world.now_is(order).filled_avg_price == D(95)


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_what_must_happen_at_once_is_filled_or_canceled(world: World, tif: str):
    filled, canceled = world.send("buy", "1", limit="101", tif=tif), world.send("buy", "1", limit="99", tif=tif)
    assert world.statuses([filled, canceled]) == ["filled", "canceled"]


def test_money_buys_fractions_of_shares_and_never_costs_more(world: World):
    ticket = Ticket(symbol="SPY", side="buy", type="market", time_in_force="day", notional=D(50))
    order = world.now_is(world.accepted(ticket)[0])
    assert (order.status, order.qty, order.filled_qty) == ("filled", None, D("0.499950004"))
    assert world.account.cash == D("99950.00")


def test_an_order_sent_while_the_market_is_closed_waits_for_the_open(world: World):
    world.close()
    order = world.send("buy", "10")
    assert order.status == "accepted"
    assert world.heard() == ["accepted market"]
    world.go(OPEN)
    world.trade("105")
    assert world.heard() == ["new market", "fill market 10@105.01"]


def test_a_day_order_expires_at_the_close_and_a_good_till_canceled_one_does_not(world: World):
    day, lasting = world.send("buy", "1", limit="90"), world.send("buy", "1", limit="90", tif="gtc")
    world.heard()
    world.close()
    assert world.statuses([day, lasting]) == ["expired", "new"]
    assert world.now_is(day).expired_at == world.now
    assert world.heard() == ["expired limit"]


def test_a_large_order_can_be_filled_in_two_executions(splitting_world: World):
    world = splitting_world
    order = world.send("buy", "5")
    assert world.heard() == ["pending_new market", "new market", "partial_fill market 2@100.01"]
    world.trade("102")
    assert world.heard() == ["fill market 3@102.01"]
    assert world.now_is(order).filled_avg_price == D("101.21")


def test_a_partly_filled_order_can_be_canceled_and_keeps_its_shares(splitting_world: World):
    world = splitting_world
    order = world.send("buy", "5")
    world.cancel(order)
    world.trade("102")
    assert (world.now_is(order).status, world.now_is(order).filled_qty) == ("canceled", D(2))
    assert world.account.positions["SPY"].qty == D(2)


def test_only_an_open_order_can_be_canceled(world: World):
    filled, waiting = world.send("buy", "1"), world.send("buy", "1", limit="90")
    assert isinstance(world.cancel(waiting), Outcome)
    assert isinstance(world.cancel(waiting), Outcome)
    assert world.cancel(filled) == unacceptable('order is already in "filled" state')
    assert world.told.count("canceled limit") == 1


def test_an_unknown_order_cannot_be_canceled(world: World):
    order = world.send("buy", "1")
    world.account.orders.pop(order.id)
    assert world.cancel(order) == not_found(f"order not found for {order.id}")


def test_selling_leaves_the_average_entry_price_alone(world: World):
    world.send("buy", "10")
    world.trade("110")
    world.send("buy", "10")
    world.send("sell", "5")
    position = world.account.positions["SPY"]
    assert (position.qty, position.avg_entry_price) == (D(15), D("105.01"))


def test_shares_on_offer_are_not_offered_twice(world: World):
    world.send("buy", "10")
    world.send("sell", "6", limit="120")
    refused = world.ask(Ticket(symbol="SPY", side="sell", type="market", time_in_force="day", qty=D(5)))
    assert isinstance(refused, Refusal)
    assert refused.extra["available"] == "4"


def test_money_promised_to_an_open_order_is_not_promised_twice(world: World):
    world.send("buy", "3000", limit="90")
    big = Ticket(symbol="SPY", side="buy", type="limit", time_in_force="day", qty=D(1500), limit_price=D(90))
    refused = world.ask(big)
    assert isinstance(refused, Refusal)
    assert refused.extra == {"buying_power": "130000", "cost_basis": "135000"}
