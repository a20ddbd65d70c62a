"""Orders for an amount of money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from exchange.accounts import available
from exchange.book import Ticket

if TYPE_CHECKING:
    from .conftest import World

D = Decimal


def test_money_sells_shares_and_never_more_than_there_are(world: World):
    world.send("buy", "2")
    ticket = Ticket(symbol="SPY", side="sell", type="market", time_in_force="day", notional=D(50))
    part = world.now_is(world.accepted(ticket)[0])
    assert (part.filled_qty, world.account.positions["SPY"].qty) == (D("0.500050005"), D("1.499949995"))
    limit = replace(ticket, type="limit", limit_price=D(150), notional=D(150))
    rest = world.accepted(limit)[0]
    world.trade("170")
    world.trade("50")
    assert world.now_is(rest).filled_qty == 1


def test_money_buys_at_a_limit(world: World):
    ticket = Ticket(
        symbol="SPY", side="buy", type="limit", time_in_force="day", notional=D(90), limit_price=D(90)
    )  # fmt: skip
    order = world.accepted(ticket)[0]
    world.trade("89")
    assert (world.now_is(order).filled_qty, world.account.cash) == (D(1), D("99910.00"))


def test_money_on_its_way_has_a_claim_on_all_shares_and_leaves_others_theirs(slow_world: World):
    world = slow_world
    world.send("buy", "10")
    world.wait(2)
    promised = world.send("sell", "4", limit="120")
    world.wait(2)
    ticket = Ticket(symbol="SPY", side="sell", type="market", time_in_force="day", notional=D(500))
    order = world.accepted(ticket)[0]
    assert available(world.account, "SPY") == 0
    world.trade("50")
    world.wait(2)
    assert (world.now_is(order).status, world.now_is(order).filled_qty) == ("filled", D(6))
    world.trade("121")
    assert world.statuses([promised]) == ["filled"]
