"""What a venue does on a bad day."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.refusals import Refusal, unacceptable

if TYPE_CHECKING:
    from .conftest import World

D = Decimal


def test_an_order_can_be_accepted_and_then_rejected(world: World):
    order = world.send("buy", "10", doomed=True)
    assert order.status == "pending_new"
    assert world.heard() == ["pending_new market", "rejected market"]
    assert world.now_is(order).failed_at == world.now
    assert world.account.positions == {}


def test_a_cancel_can_be_stuck_until_it_is_released(world: World):
    order = world.send("buy", "10", limit="90")
    world.cancel(order, stuck=True)
    world.advance()
    world.trade("95")
    assert world.statuses([order]) == ["pending_cancel"]
    assert world.cancel(order) == unacceptable("order pending cancel")
    world.release(order)
    assert world.statuses([order]) == ["canceled"]
    assert world.release(order) == unacceptable("order is not pending cancel")


def test_a_cancel_can_be_refused_after_all(world: World):
    order = world.send("buy", "10", limit="90")
    world.cancel(order, stuck=True)
    world.heard()
    world.release(order, refused=True)
    assert world.heard() == ["order_cancel_rejected limit"]
    assert (world.now_is(order).status, world.now_is(order).cancel_requested_at) == ("new", None)
    world.trade("89")
    assert world.statuses([order]) == ["filled"]


def test_a_refused_cancel_leaves_each_member_of_a_group_as_it_was(world: World):
    _, profit, loss = world.group("bracket", "10", profit="110", loss="90")
    for order in (profit, loss):
        world.cancel(order, stuck=True)
        world.release(order, refused=True)
    assert world.statuses([profit, loss]) == ["new", "held"]
    assert world.now_is(loss).cancel_requested_at is None


def test_a_cancel_is_not_stuck_before_its_order_has_come_to_the_market(world: World):
    world.close()
    order = world.send("buy", "10", limit="90")
    world.cancel(order, stuck=True)
    assert world.statuses([order]) == ["canceled"]


def test_an_order_whose_cancel_is_stuck_can_fill(world: World):
    order = world.send("buy", "10", limit="90")
    world.cancel(order, stuck=True)
    world.trade("89")
    assert world.statuses([order]) == ["filled"]


def test_a_canceled_order_can_fill_after_all(splitting_world: World):
    world = splitting_world
    order = world.send("buy", "10", limit="101")
    world.cancel(order)
    world.heard()
    world.fill_late(order)
    assert world.heard() == ["fill limit 5@100.01"]
    now = world.now_is(order)
    assert (now.status, now.filled_qty, now.canceled_at) == ("filled", D(10), None)
    assert world.account.positions["SPY"].qty == 10
    assert world.fill_late(order) == unacceptable("order is not canceled")


def test_a_late_fill_trades_at_the_limit_when_the_market_has_gone(world: World):
    order = world.send("buy", "10", limit="90")
    world.cancel(order)
    world.fill_late(order)
    assert world.now_is(order).filled_avg_price == D(90)


def test_both_exits_of_a_group_can_fill_only_while_there_are_shares(world: World):
    world.send("buy", "10")
    _, profit, loss = world.group("bracket", "10", profit="110", loss="90")
    world.trade("111")
    assert world.statuses([profit, loss]) == ["filled", "canceled"]
    world.fill_late(loss)
    assert world.statuses([profit, loss]) == ["filled", "filled"]
    assert world.account.positions == {}
    _, profit, loss = world.group("bracket", "10", profit="120", loss="90")
    world.trade("121")
    assert world.fill_late(loss) == unacceptable("the shares are not there any more")


def test_nothing_trades_in_a_halted_symbol(world: World):
    world.send("buy", "13")
    stop, waiting = world.send("sell", "10", stop="95"), world.send("sell", "1", limit="120")
    world.halt()
    world.trade("80")
    order, at_once = world.send("sell", "1"), world.send("sell", "1", limit="99", tif="ioc")
    assert world.statuses([stop, waiting, order, at_once]) == ["new", "new", "new", "canceled"]
    world.cancel(waiting)
    assert world.statuses([waiting]) == ["canceled"]
    world.resume()
    world.trade("94")
    assert world.statuses([stop, order]) == ["filled", "filled"]
    assert world.now_is(order).filled_avg_price == D("93.99")


def test_an_entry_that_fills_after_its_cancel_finds_its_legs_gone(world: World):
    entry, *legs = world.group("bracket", "10", limit="90", profit="110", loss="80")
    world.cancel(entry)
    assert not isinstance(world.fill_late(entry), Refusal)
    assert world.statuses([entry, *legs]) == ["filled", "canceled", "canceled"]
    assert world.account.positions["SPY"].qty == 10
