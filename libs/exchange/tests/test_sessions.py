"""The day: before the open, after the close, and the two auctions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from exchange.state import State, fold

if TYPE_CHECKING:
    from .conftest import World

D = Decimal
PRE, OPEN, EVENING, END = 4 * 60, 9 * 60 + 30, 19 * 60 + 30, 20 * 60


def test_before_the_open_only_orders_for_it_trade(world: World):
    world.close()
    world.go(PRE)
    early, normal = world.send("buy", "1", limit="101", extended=True), world.send("buy", "1", limit="101")
    assert world.statuses([early, normal]) == ["new", "accepted"]
    world.trade("100")
    assert world.statuses([early, normal]) == ["filled", "accepted"]
    world.go(OPEN)
    world.trade("100")
    assert world.statuses([normal]) == ["filled"]


def test_an_order_for_extended_hours_sent_at_night_waits_for_the_morning(world: World):
    world.close()
    world.go(END)
    order = world.send("buy", "1", limit="101", extended=True)
    assert world.statuses([order]) == ["accepted"]
    world.go(PRE)
    world.heard()
    world.advance()
    assert world.heard() == ["new limit"]
    world.trade("100")
    assert world.statuses([order]) == ["filled"]


def test_yesterdays_quote_fills_nobody(world: World):
    world.close()
    order = world.send("buy", "1")
    world.go(OPEN)
    world.trade("100", symbol="IBM")
    assert world.statuses([order]) == ["new"]
    world.trade("105")
    assert world.now_is(order).filled_avg_price == D("105.01")


def test_an_order_for_extended_hours_lives_until_their_end_and_a_normal_one_until_the_close(world: World):
    late, normal = world.send("buy", "1", limit="90", extended=True), world.send("buy", "1", limit="90")
    world.close()
    assert world.statuses([late, normal]) == ["new", "expired"]
    world.trade("95")
    world.go(END)
    world.advance()
    assert world.statuses([late]) == ["expired"]
    assert world.now_is(late).expires_at == world.now // (60 * 10**9) * 60 * 10**9


def test_an_order_for_extended_hours_trades_after_the_close(world: World):
    order = world.send("buy", "1", limit="90", extended=True)
    world.close()
    world.trade("89")
    assert world.now_is(order).filled_avg_price == D(90)


def test_an_order_good_till_canceled_is_swept_after_ninety_days(world: World):
    order = world.send("buy", "1", limit="90", tif="gtc")
    for _ in range(89):
        world.close()
    assert world.statuses([order]) == ["new"]
    world.close()
    world.close()
    assert world.statuses([order]) == ["expired"]


def test_all_trade_at_the_opening_quote_whatever_their_limit(world: World):
    order = world.send("buy", "1", limit="99", tif="gtc")
    world.close()
    world.go(OPEN)
    world.trade("95")
    assert world.now_is(order).filled_avg_price == D("95.01")


@pytest.mark.parametrize(("limit", "expected"), [("", "filled"), ("105", "filled"), ("104.99", "canceled")])
def test_an_order_for_the_opening_trades_at_the_first_price_or_not_at_all(world: World, limit: str, expected: str):
    world.close()
    world.go(EVENING)
    order = world.send("buy", "10", limit=limit, tif="opg")
    world.go(OPEN)
    world.trade("100", symbol="IBM")
    assert world.statuses([order]) == ["new"]
    world.trade("105")
    assert world.statuses([order]) == [expected]
    assert world.now_is(order).filled_avg_price == (D(105) if expected == "filled" else None)


@pytest.mark.parametrize(("limit", "expected"), [("", "filled"), ("110", "filled"), ("110.01", "canceled")])
def test_an_order_for_the_closing_trades_at_the_last_price_or_not_at_all(world: World, limit: str, expected: str):
    world.send("buy", "10")
    order = world.send("sell", "10", limit=limit, tif="cls")
    world.trade("120")
    world.trade("110")
    assert world.statuses([order]) == ["new"]
    world.close()
    assert world.statuses([order]) == [expected]
    assert world.now_is(order).filled_avg_price == (D(110) if expected == "filled" else None)


def test_no_auction_is_held_in_a_symbol_that_is_halted(world: World):
    order = world.send("buy", "10", tif="cls")
    world.halt()
    world.close()
    assert world.statuses([order]) == ["canceled"]


def test_an_order_for_an_opening_that_never_came_is_canceled_at_the_close(world: World):
    world.close()
    world.go(EVENING)
    order = world.send("buy", "10", tif="opg")
    world.go(OPEN)
    world.advance()
    world.close()
    assert world.statuses([order]) == ["canceled"]


def test_a_state_that_was_read_back_at_night_opens_the_next_day(world: World):
    world.advance()
    written, known = msgspec.json.encode(world.state), len(world.changes)
    order = world.send("buy", "1", limit="90")
    world.close()
    queued = world.send("buy", "1")
    world.state = fold(msgspec.json.decode(written, type=State), world.changes[known:])
    world.go(OPEN)
    world.trade("100")
    assert world.statuses([order, queued]) == ["expired", "filled"]
