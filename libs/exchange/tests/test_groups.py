"""Bracket, OCO and OTO."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from exchange.accounts import available
from exchange.book import Exit, Ticket

if TYPE_CHECKING:
    from .conftest import World

D = Decimal


def test_the_legs_of_a_bracket_sleep_until_the_entry_has_filled(world: World):
    orders = world.group("bracket", "10", limit="99", profit="110", loss="90")
    assert world.statuses(orders) == ["new", "held", "held"]
    world.trade("120")
    assert world.statuses(orders) == ["new", "held", "held"]
    world.heard()
    world.trade("99")
    assert world.statuses(orders) == ["new", "held", "held"]
    world.trade("98.99")
    assert world.statuses(orders) == ["filled", "new", "held"]
    assert world.heard() == ["fill limit 10@99", "new limit", "held stop"]


def test_a_partly_filled_entry_wakes_no_leg(splitting_world: World):
    world = splitting_world
    orders = world.group("bracket", "10", profit="110", loss="90")
    assert world.statuses(orders) == ["partially_filled", "held", "held"]
    world.trade("85")
    assert world.statuses(orders) == ["filled", "canceled", "partially_filled"]


def test_profit_taken_cancels_the_stop(world: World):
    orders = world.group("bracket", "10", profit="110", loss="90")
    world.heard()
    world.trade("111")
    assert world.statuses(orders) == ["filled", "filled", "canceled"]
    assert world.heard() == ["fill limit 10@110", "canceled stop"]
    assert world.account.positions == {}


def test_a_stop_set_off_cancels_the_profit_taker_and_sells(world: World):
    orders = world.group("bracket", "10", profit="110", loss="90")
    world.heard()
    world.trade("89")
    assert world.statuses(orders) == ["filled", "canceled", "filled"]
    assert world.heard() == ["canceled limit", "fill stop 10@88.99"]


def test_profit_taken_in_part_shrinks_the_stop(splitting_world: World):
    world = splitting_world
    _, profit, loss = world.group("bracket", "10", profit="110", loss="90")
    world.trade("100")
    world.trade("111")
    assert (world.now_is(profit).filled_qty, world.now_is(loss).qty) == (D(5), D(5))
    assert available(world.account, "SPY") == 0
    world.trade("80")
    assert world.statuses([profit, loss]) == ["canceled", "partially_filled"]
    world.trade("80")
    assert world.statuses([profit, loss]) == ["canceled", "filled"]
    assert world.account.positions == {}


def test_a_canceled_entry_takes_its_legs_along(world: World):
    orders = world.group("bracket", "10", limit="90", profit="110", loss="80")
    world.heard()
    world.cancel(orders[0])
    assert world.statuses(orders) == ["canceled", "canceled", "canceled"]
    assert world.heard() == ["canceled limit", "canceled limit", "canceled stop"]


def test_a_canceled_leg_takes_the_other_along(world: World):
    orders = world.group("bracket", "10", profit="110", loss="90")
    world.cancel(orders[2])
    assert world.statuses(orders) == ["filled", "canceled", "canceled"]
    assert available(world.account, "SPY") == 10


def test_the_members_of_a_group_share_one_claim_on_the_shares(world: World):
    world.send("buy", "15")
    world.group("oco", "10", profit="110", loss="90")
    assert available(world.account, "SPY") == 5


def test_an_oco_is_a_profit_taker_with_a_held_stop(world: World):
    world.send("buy", "10")
    world.heard()
    orders = world.group("oco", "10", profit="110", loss="90")
    assert world.heard() == ["pending_new limit", "new limit", "held stop"]
    world.trade("89")
    assert world.statuses(orders) == ["canceled", "filled"]
    assert world.account.positions == {}


def test_an_oco_takes_its_profit(world: World):
    world.send("buy", "10")
    orders = world.group("oco", "10", profit="110", loss="90")
    world.trade("110.01")
    assert world.statuses(orders) == ["filled", "canceled"]


def test_an_oto_wakes_its_one_exit(world: World):
    orders = world.group("oto", "10", loss="90")
    assert world.statuses(orders) == ["filled", "new"]
    world.trade("89")
    assert world.statuses(orders) == ["filled", "filled"]


def test_the_members_of_a_day_group_expire_together(world: World):
    world.send("buy", "10")
    orders = world.group("oco", "10", profit="110", loss="90", tif="day")
    world.heard()
    world.close()
    assert world.statuses(orders) == ["expired", "expired"]
    assert world.heard() == ["expired limit", "expired stop"]


def test_the_exits_of_a_bracket_stay_for_the_next_day(world: World):
    orders = world.group("bracket", "10", profit="110", loss="90")
    world.close()
    assert world.statuses(orders) == ["filled", "new", "held"]


def test_a_leg_whose_shares_were_sold_meanwhile_is_rejected(splitting_world: World):
    world = splitting_world
    orders = world.group("bracket", "10", profit="110", loss="90")
    world.send("sell", "1")
    world.trade("101")
    world.trade("111")
    assert world.statuses(orders) == ["filled", "rejected", "canceled"]
    assert world.account.positions["SPY"].qty == 9


def test_a_bracket_to_sell_short_is_bought_back(world: World):
    orders = world.group("bracket", "10", limit="101", profit="90", loss="110", short=True)
    world.trade("102")
    assert world.statuses(orders) == ["filled", "new", "held"]
    assert available(world.account, "SPY") == 0
    world.heard()
    world.trade("89")
    assert world.statuses(orders) == ["filled", "filled", "canceled"]
    assert world.heard() == ["fill limit 10@90", "canceled stop"]
    assert world.account.positions == {}


def test_the_stop_of_a_short_is_set_off_from_below(world: World):
    orders = world.group("bracket", "10", profit="90", loss="110", short=True)
    world.trade("111")
    assert world.statuses(orders) == ["filled", "canceled", "filled"]
    assert world.account.positions == {}


def test_an_oco_closes_a_short(world: World):
    world.send("sell", "10")
    orders = world.group("oco", "10", profit="90", loss="110", short=True)
    assert [order.side for order in orders] == ["buy", "buy"]
    assert available(world.account, "SPY") == 0
    world.trade("89")
    assert world.statuses(orders) == ["filled", "canceled"]


def test_an_entry_canceled_after_a_fill_in_part_leaves_its_shares_unprotected(splitting_world: World):
    world = splitting_world
    orders = world.group("bracket", "10", profit="110", loss="90")
    world.cancel(orders[0])
    assert world.statuses(orders) == ["canceled", "canceled", "canceled"]
    assert available(world.account, "SPY") == 5


def test_a_stop_limit_loss_waits_for_its_limit_alone(world: World):
    ticket = Ticket(
        symbol="SPY", side="buy", type="market", time_in_force="gtc", order_class="bracket", qty=D(10),
        take_profit=Exit(limit_price=D(110)), stop_loss=Exit(stop_price=D(95), limit_price=D(94)),
    )  # fmt: skip
    orders = world.accepted(ticket)
    world.trade("90")
    assert world.statuses(orders) == ["filled", "canceled", "new"]
    world.trade("94.50")
    assert world.statuses(orders) == ["filled", "canceled", "filled"]
