"""Selling what one does not have, and buying it back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from exchange.accounts import (
    Account,
    Configuration,
    Position,
    available,
    buying_power,
    equity,
    held_for_orders,
    values,
)
from exchange.assets import Asset
from exchange.fills import Print
from exchange.margin import maintenance_margin

if TYPE_CHECKING:
    from .conftest import World

D = Decimal


def shown(price: str) -> dict[str, Print]:
    return {"SPY": Print("SPY", 0, D(price), D(price), D(price), D(1), D(1000))}


def account(cash: str, qty: str, configuration: Configuration | None = None) -> Account:
    one = Account("demo", "id", 0, D(cash), D(cash), configuration=configuration or Configuration())
    one.positions["SPY"] = Position("SPY", D(qty), D(100), D(qty) * 100)
    return one


def test_a_short_sale_brings_cash_and_a_negative_position(world: World):
    order = world.send("sell", "10")
    assert world.heard() == ["pending_new market", "new market", "fill market 10@99.99"]
    assert world.account.cash == D("100999.90")
    assert world.account.positions == {"SPY": Position("SPY", D(-10), D("99.99"), D("-999.90"))}
    assert world.account.fills[0].position_qty == -10
    assert not world.now_is(order).closes


def test_the_average_of_a_short_weighs_its_sales_and_covers_leave_it_alone(world: World):
    world.send("sell", "10")
    world.trade("110")
    world.send("sell", "10")
    cover = world.send("buy", "5")
    assert world.account.positions["SPY"] == Position("SPY", D(-15), D("104.99"), D("-1574.850"))
    assert world.now_is(cover).closes


def test_a_short_that_is_bought_back_is_gone(world: World):
    world.send("sell", "10")
    world.trade("90")
    world.send("buy", "10")
    assert world.account.positions == {}
    assert world.account.cash == D("100099.80")


def test_a_short_is_marked_at_the_close(world: World):
    world.send("sell", "10")
    world.trade("105")
    world.close()
    assert world.account.positions["SPY"].day_cost == D(-1050)
    assert world.account.last_equity == D("99949.90")


def test_orders_to_cover_have_a_claim_on_the_short(world: World):
    world.send("sell", "10")
    world.send("buy", "4", limit="90")
    assert (held_for_orders(world.account, "SPY"), available(world.account, "SPY")) == (D(4), D(-6))


def test_no_order_takes_a_position_through_zero(world: World):
    low = world.send("buy", "10", limit="90")
    world.send("sell", "4", limit="101")
    world.trade("102")
    assert world.account.positions["SPY"].qty == -4
    world.heard()
    world.trade("89")
    assert world.heard() == ["rejected limit"]
    assert world.statuses([low]) == ["rejected"]


def test_an_order_that_was_to_close_never_opens(world: World):
    world.send("buy", "10")
    stop = world.send("sell", "10", stop="90")
    world.account.positions.clear()
    world.trade("89")
    assert world.statuses([stop]) == ["rejected"]


def test_an_open_short_sale_reserves_three_percent_above_the_ask_or_its_limit(world: World):
    before = buying_power(world.account, world.state.prints)
    world.send("sell", "10", limit="102")
    assert before - buying_power(world.account, world.state.prints) == 10 * D("1.03") * D("100.01")
    world.send("sell", "10", limit="110")
    assert before - buying_power(world.account, world.state.prints) == 10 * (D("1.03") * D("100.01") + 110)


def test_an_order_to_close_changes_nothing_before_it_executes(world: World):
    world.send("buy", "10")
    before = buying_power(world.account, world.state.prints)
    world.send("sell", "10", limit="120")
    assert buying_power(world.account, world.state.prints) == before


@pytest.mark.parametrize(
    ("cash", "qty", "price", "margin", "expected"),
    [
        ("10000", "0", "100", "4", "40000"),
        ("10000", "0", "100", "2", "20000"),
        ("10000", "0", "100", "1", "10000"),
        ("1999.99", "0", "100", "4", "1999.99"),
        ("11000", "-10", "100", "4", "39000"),
        ("11000", "-10", "110", "4", "38500"),
        ("9000", "10", "100", "4", "39000"),
        ("1000", "-10", "200", "4", "0"),
    ],
)
def test_buying_power_is_a_multiple_of_equity_less_all_that_is_held(
    cash: str, qty: str, price: str, margin: str, expected: str
):
    one = account(cash, qty, Configuration(max_margin_multiplier=margin))
    assert buying_power(one, shown(price)) == D(expected)


def test_what_may_be_held_overnight_is_twice_the_equity():
    assert buying_power(account("10000", "0"), shown("100"), D(2)) == 20000


def test_equity_counts_a_short_as_a_debt():
    one = account("11000", "-10")
    assert (values(one, shown("110")), equity(one, shown("110"))) == ((D(0), D(-1100)), D(9900))


@pytest.mark.parametrize(
    ("qty", "price", "expected"),
    [
        ("10", "100", "300"),
        ("10", "2.49", "24.90"),
        ("-10", "100", "300"),
        ("-10", "10", "50"),
        ("-10", "4", "40"),
        ("-10", "2", "25"),
    ],
)
def test_maintenance_asks_more_for_what_is_cheap_or_short(qty: str, price: str, expected: str):
    assert maintenance_margin(account("0", qty), shown(price), {"SPY": Asset("SPY")}) == D(expected)


def test_what_is_not_marginable_is_paid_in_full():
    asset = replace(Asset("SPY"), is_marginable=False)
    assert maintenance_margin(account("0", "10"), shown("100"), {"SPY": asset}) == 1000
