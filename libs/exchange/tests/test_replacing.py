"""Replacing an order by one with other terms."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from exchange.accounts import available, buying_power, held_for_orders
from exchange.book import Amendment, Order, TimeInForce
from exchange.refusals import Refusal, not_found

if TYPE_CHECKING:
    from .conftest import World

D = Decimal


def price(limit: str) -> Amendment:
    return Amendment(limit_price=D(limit))


def test_a_replacement_takes_the_place_of_the_order(world: World):
    old = world.send("buy", "10", limit="90")
    world.heard()
    new = world.replaced(old, Amendment(qty=D(5), limit_price=D(95), client_order_id="mine"))
    assert world.heard() == ["replaced limit", "new limit"]
    was, now = world.now_is(old), world.now_is(new)
    assert (was.status, was.replaced_by, was.replaced_at) == ("replaced", now.id, world.now)
    assert (new.status, now.status, now.replaces) == ("pending_new", "new", was.id)
    assert (now.qty, now.limit_price, now.client_order_id) == (D(5), D(95), "mine")
    assert world.account.client_order_ids["mine"] == now.id
    world.trade("94")
    assert world.now_is(new).filled_avg_price == D(95)


def test_replacements_make_a_chain(world: World):
    first = world.send("buy", "10", limit="90")
    second = world.replaced(first, price("91"))
    third = world.replaced(second, price("92"))
    assert world.statuses([first, second, third]) == ["replaced", "replaced", "new"]
    assert world.now_is(third).replaces == second.id
    assert len(world.account.client_order_ids) == 3


def test_a_replacement_at_a_better_price_trades_at_once(world: World):
    order = world.send("buy", "10", limit="90")
    new = world.replaced(order, price("101"))
    assert world.now_is(new).filled_avg_price == D("100.01")


def test_a_new_quantity_counts_what_is_filled_already(splitting_world: World):
    world = splitting_world
    old = world.send("buy", "10", limit="101")
    assert world.now_is(old).filled_qty == 5
    refused = world.replace(old, Amendment(qty=D(5)))
    assert isinstance(refused, Refusal)
    assert refused.message == "qty must be > filled_qty"
    new = world.replaced(old, Amendment(qty=D(8), limit_price=D(90)))
    assert (world.now_is(new).qty, world.now_is(new).filled_qty, world.now_is(old).filled_qty) == (D(3), D(0), D(5))


def test_the_lifetime_of_an_order_can_be_changed(world: World):
    old = world.send("buy", "10", limit="90")
    new = world.replaced(old, Amendment(time_in_force="gtc"))
    assert world.now_is(new).time_in_force is TimeInForce.GTC
    world.close()
    assert world.statuses([new]) == ["new"]


def test_a_trail_can_be_changed_and_keeps_its_best_price(world: World):
    world.send("buy", "10")
    old = world.send("sell", "10", trail="5")
    world.trade("110")
    new = world.now_is(world.replaced(old, Amendment(trail=D(2))))
    assert (new.trail_price, new.hwm, new.stop_price) == (D(2), D(110), D(108))


def test_a_stop_that_was_set_off_stays_so_when_only_its_limit_moves(world: World):
    world.send("buy", "10")
    old = world.send("sell", "10", limit="95", stop="96")
    world.trade("90")
    new = world.replaced(old, price("92"))
    world.trade("93")
    assert world.now_is(new).filled_avg_price == D(92)


def test_the_prices_of_a_groups_members_can_be_changed(world: World):
    entry, profit, loss = world.group("bracket", "10", profit="110", loss="90")
    world.heard()
    higher = world.replaced(profit, price("120"))
    tighter = world.replaced(loss, Amendment(stop_price=D(95)))
    assert world.heard() == ["replaced limit", "new limit", "replaced stop", "held stop"]
    assert world.now_is(entry).legs == (higher.id, tighter.id)
    assert available(world.account, "SPY") == 0
    world.trade("94")
    assert world.statuses([profit, loss, higher, tighter]) == ["replaced", "replaced", "canceled", "filled"]


def test_the_replacement_of_an_entry_keeps_the_legs(world: World):
    entry, *legs = world.group("bracket", "10", limit="90", profit="110", loss="80")
    new = world.replaced(entry, price("95"))
    assert [world.now_is(leg).parent_id for leg in legs] == [new.id, new.id]
    world.trade("94")
    assert world.statuses([new, *legs]) == ["filled", "new", "held"]


def test_the_head_of_an_oco_can_be_replaced(world: World):
    world.send("buy", "10")
    head, guard = world.group("oco", "10", profit="110", loss="90")
    new = world.replaced(head, price("120"))
    world.heard()
    world.trade("89")
    assert world.statuses([new, guard]) == ["canceled", "filled"]
    assert world.account.positions == {}


@pytest.mark.parametrize(("amendment", "message"), [(Amendment(), "order parameters are not changed")])
def test_a_replacement_that_changes_nothing_is_refused(world: World, amendment: Amendment, message: str):
    answer = world.replace(world.send("buy", "10", limit="90"), amendment)
    assert isinstance(answer, Refusal)
    assert (answer.status, answer.message) == (422, message)


def test_an_unknown_order_cannot_be_replaced(world: World):
    order = world.send("buy", "10", limit="90")
    world.account.orders.pop(order.id)
    assert world.replace(order, price("91")) == not_found(f"order not found for {order.id}")


def refused(world: World, order: Order, amendment: Amendment) -> str:
    answer = world.replace(order, amendment)
    assert isinstance(answer, Refusal)
    return answer.message


def test_a_replacement_on_its_way_can_lose_the_race_against_a_fill(slow_world: World):
    world = slow_world
    old = world.send("buy", "10", limit="90")
    world.wait(2)
    new = world.replaced(old, price("80"))
    assert world.statuses([old, new]) == ["pending_replace", "pending_new"]
    world.heard()
    world.trade("89")
    assert world.heard() == ["fill limit 10@90", "rejected limit"]
    assert world.statuses([old, new]) == ["filled", "rejected"]
    assert world.now_is(old).replaced_by is None


def test_a_replacement_on_its_way_shares_the_claims_of_the_order(slow_world: World):
    world = slow_world
    before = buying_power(world.account, world.state.prints)
    old = world.send("buy", "10", limit="90")
    world.wait(2)
    world.replaced(old, Amendment(qty=D(20), limit_price=D(95)))
    assert before - buying_power(world.account, world.state.prints) == 1900


def test_while_one_exit_is_being_replaced_the_other_is_locked(make_world: type[World]):
    world = make_world(latency=10)
    world.send("buy", "10")
    world.wait(10)
    head, guard = world.group("oco", "10", profit="110", loss="90")
    world.wait(10)
    new = world.replaced(head, price("120"))
    assert held_for_orders(world.account, "SPY") == 10
    assert refused(world, guard, Amendment(stop_price=D(95))) == "order chain not fully replaced"
    assert refused(world, head, price("125")) == "cannot replace order in pending_replace status"
    world.trade("89")
    assert world.statuses([head, new, guard]) == ["canceled", "rejected", "filled"]


def test_an_execution_in_part_shrinks_the_replacement_on_its_way(make_world: type[World]):
    world = make_world(partial_fill_every=1, latency=2)
    old = world.send("buy", "10", limit="90")
    world.wait(2)
    new = world.replaced(old, price("80"))
    world.trade("89")
    assert world.statuses([old, new]) == ["pending_replace", "pending_new"]
    world.wait(2)
    assert (world.statuses([old, new]), world.now_is(new).qty) == (["replaced", "new"], D(5))


def test_a_replacement_whose_shares_have_filled_on_its_way_is_rejected(make_world: type[World]):
    world = make_world(partial_fill_every=1, latency=2)
    old = world.send("buy", "10", limit="90")
    world.wait(2)
    new = world.replaced(old, Amendment(qty=D(4)))
    world.heard()
    world.trade("89")
    assert world.heard() == ["partial_fill limit 5@90", "rejected limit", "order_replace_rejected limit"]
    assert world.statuses([old, new]) == ["partially_filled", "rejected"]
    world.trade("89")
    assert world.statuses([old]) == ["filled"]
