"""Orders and cancels that take their time."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange import core
from exchange.book import Amendment
from exchange.refusals import unacceptable

if TYPE_CHECKING:
    from .conftest import World

D = Decimal
SECOND = 10**9


def test_an_order_reaches_the_market_later(slow_world: World):
    world = slow_world
    order = world.send("buy", "10")
    assert core.next_due(world.state) == world.now + 2 * SECOND
    world.advance()
    assert world.heard() == ["pending_new market"]
    world.advance()
    assert world.heard() == ["new market", "fill market 10@100.01"]
    assert core.next_due(world.state) is None
    assert world.now_is(order).submitted_at == world.now


def test_a_tick_brings_what_is_due_to_the_market_that_was(slow_world: World):
    world = slow_world
    order = world.send("buy", "10")
    world.now += 5 * SECOND
    world.trade("120")
    assert world.now_is(order).filled_avg_price == D("100.01")


def test_a_cancel_is_pending_first_and_the_fill_may_win(slow_world: World):
    world = slow_world
    canceled, filled = world.send("buy", "1", limit="80"), world.send("buy", "1", limit="90")
    world.wait(2)
    world.heard()
    world.cancel(filled)
    world.trade("89")
    world.cancel(canceled)
    assert world.cancel(canceled) == unacceptable("order pending cancel")
    world.advance()
    assert world.heard() == [
        "pending_cancel limit", "fill limit 1@90", "pending_cancel limit", "canceled limit",
    ]  # fmt: skip
    assert world.now_is(canceled).cancel_requested_at is not None


def test_an_execution_in_part_leaves_a_pending_cancel_pending(make_world: type[World]):
    world = make_world(partial_fill_every=1, latency=2)
    order = world.send("buy", "10", limit="90")
    world.wait(2)
    world.cancel(order)
    world.trade("89")
    assert (world.now_is(order).status, world.now_is(order).filled_qty) == ("pending_cancel", D(5))
    world.advance()
    assert world.statuses([order]) == ["canceled"]


def test_an_order_can_be_canceled_before_it_reaches_the_market(make_world: type[World]):
    world = make_world(latency=3)
    order = world.send("buy", "10")
    world.cancel(order)
    world.advance()
    world.advance()
    world.advance()
    assert world.heard() == ["pending_new market", "pending_cancel market", "canceled market"]


def test_a_replacement_takes_its_time_too(slow_world: World):
    world = slow_world
    old = world.send("buy", "10", limit="90")
    world.wait(2)
    new = world.replaced(old, Amendment(limit_price=D(80)))
    world.heard()
    assert world.cancel(old) == unacceptable("order pending replace")
    assert world.cancel(new) == unacceptable("order pending replace")
    assert world.heard() == []
    world.advance()
    assert world.heard() == ["replaced limit", "new limit"]
    assert world.statuses([old, new]) == ["replaced", "new"]


def test_a_replacement_falls_with_an_order_that_expires(make_world: type[World]):
    world = make_world(latency=24 * 3600)
    old = world.send("buy", "10", limit="90", tif="gtc")
    world.wait(24 * 3600)
    new = world.replaced(old, Amendment(time_in_force="day"))
    world.close()
    assert world.statuses([old, new]) == ["pending_replace", "expired"]
    world.heard()
    world.wait(24 * 3600)
    assert world.heard() == ["order_replace_rejected limit"]
    assert world.statuses([old, new]) == ["new", "expired"]


def test_what_falls_with_its_group_does_not_come_back_when_its_own_time_comes(slow_world: World):
    world = slow_world
    world.send("buy", "10")
    world.wait(2)
    head, guard = world.group("oco", "10", profit="110", loss="90")
    world.wait(2)
    world.cancel(head)
    world.cancel(guard)
    world.heard()
    world.wait(5)
    assert world.heard() == ["canceled limit", "canceled stop"]
