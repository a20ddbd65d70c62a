"""Stops and trailing stops: what sets them off, and what they do then."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from exchange.book import Order

if TYPE_CHECKING:
    from .conftest import World

D = Decimal
PRE, OPEN = 4 * 60, 9 * 60 + 30


def trail(world: World, order: Order) -> tuple[Decimal | None, Decimal | None]:
    now = world.now_is(order)
    return now.hwm, now.stop_price


@pytest.mark.parametrize(
    ("stop", "last", "edge", "beyond"), [("110", "100", "112.74", "112.75"), ("40", "30", "41.59", "41.60")]
)
def test_a_buy_stop_has_a_limit_above_its_stop(world: World, stop: str, last: str, edge: str, beyond: str):
    world.trade(last)
    order = world.send("buy", "10", stop=stop)
    world.trade(beyond)
    assert world.statuses([order]) == ["new"]
    assert world.now_is(order).triggered
    world.trade(edge)
    assert world.statuses([order]) == ["filled"]


def test_a_sell_stop_has_no_limit(world: World):
    world.send("buy", "10")
    order = world.send("sell", "10", stop="95")
    world.trade("50")
    assert world.now_is(order).filled_avg_price == D("49.99")


def test_a_stop_is_set_off_in_the_regular_session_only(world: World):
    world.send("buy", "10")
    order = world.send("sell", "10", stop="95", tif="gtc")
    world.close()
    world.trade("90")
    world.go(PRE)
    world.trade("90")
    assert world.statuses([order]) == ["new"]
    world.go(OPEN)
    world.trade("94")
    assert world.now_is(order).filled_avg_price == D("93.99")


def test_a_trailing_stop_follows_the_best_price_and_never_goes_back(world: World):
    world.send("buy", "10")
    order = world.send("sell", "10", trail="5")
    assert (order.status, order.hwm, order.stop_price) == ("pending_new", D(100), D(95))
    assert trail(world, order) == (D(100), D(95))
    world.heard()
    world.trade("110")
    world.trade("106")
    assert trail(world, order) == (D(110), D(105))
    assert world.heard() == []
    world.trade("105")
    assert world.heard() == ["fill trailing_stop 10@104.99"]


def test_a_trailing_stop_to_buy_follows_the_lowest_price(world: World):
    world.send("sell", "10")
    order = world.send("buy", "10", percent="10", tif="gtc")
    world.trade("90")
    world.trade("95")
    assert trail(world, order) == (D(90), D(99))
    world.trade("120")
    assert world.now_is(order).filled_avg_price == D("120.01")


def test_a_trailing_stop_does_not_move_outside_the_regular_session(world: World):
    world.send("buy", "10")
    order = world.send("sell", "10", trail="5", tif="gtc")
    world.close()
    world.trade("120")
    world.trade("90")
    assert trail(world, order) == (D(100), D(95))
    assert world.statuses([order]) == ["new"]
