"""Whatever is asked of it, the exchange neither makes nor loses money or shares."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from exchange.accounts import available, buying_power, held_for_orders, money, owned
from exchange.book import Exit, Side, Ticket, ended, remaining
from exchange.state import State, fold

if TYPE_CHECKING:
    from .conftest import World

D = Decimal
prices = st.integers(80, 120).map(str)
quantities = st.integers(1, 30).map(str)


def plain_ticket(side: str, qty: str, type: str, price: str, time_in_force: str) -> Ticket:  # noqa: A002
    return Ticket(
        symbol="SPY",
        side=side,
        type=type,
        time_in_force=time_in_force,
        qty=D(qty),
        limit_price=D(price) if "limit" in type else None,
        stop_price=D(price) if "stop" in type else None,
    )


def group_ticket(order_class: str, qty: str, profit: str, loss: str) -> Ticket:
    ticket = Ticket(
        symbol="SPY", side="buy", type="market", time_in_force="gtc", order_class=order_class,
        qty=D(qty), take_profit=Exit(limit_price=D(profit)), stop_loss=Exit(stop_price=D(loss)),
    )  # fmt: skip
    if order_class == "oco":
        return replace(ticket, side="sell", type="limit")
    return replace(ticket, take_profit=None) if order_class == "oto" else ticket


tickets = st.builds(
    plain_ticket,
    side=st.sampled_from(["buy", "sell"]),
    qty=st.one_of(quantities, st.just("0.5")),
    type=st.sampled_from(["market", "limit", "stop", "stop_limit"]),
    price=prices,
    time_in_force=st.sampled_from(["day", "gtc", "ioc"]),
)
group_tickets = st.builds(
    group_ticket,
    order_class=st.sampled_from(["bracket", "oco", "oto"]),
    qty=quantities,
    profit=st.integers(95, 125).map(str),
    loss=st.integers(75, 105).map(str),
)
Command: TypeAlias = Ticket | str | int  # an order, a trade at a price, a cancel of one of the orders
commands: st.SearchStrategy[Command] = st.one_of(tickets, group_tickets, prices, st.integers(0, 200))


def carry_out(world: World, command: Command) -> None:
    orders = list(world.account.orders.values())
    if isinstance(command, Ticket):
        world.ask(command)
    elif isinstance(command, str):
        world.trade(command)
    elif orders:
        world.cancel(orders[command % len(orders)])


def check(world: World) -> None:
    account = world.account
    signed = [(fill, 1 if fill.side is Side.BUY else -1) for fill in account.fills]
    assert owned(account, "SPY") == sum(sign * fill.qty for fill, sign in signed)
    assert account.cash == 100_000 - sum(sign * money(fill.qty * fill.price) for fill, sign in signed)
    assert owned(account, "SPY") >= 0
    assert available(account, "SPY") == owned(account, "SPY") - held_for_orders(account, "SPY")
    assert buying_power(account, world.state.prints) >= 0
    for order in account.orders.values():
        executed = [fill for fill in account.fills if fill.order_id == order.id]
        assert order.filled_qty == sum((fill.qty for fill in executed), D(0))
        assert remaining(order) >= 0
        assert (order.id in account.working) is not ended(order)
        assert (order.status == "filled") is (order.filled_qty > 0 and remaining(order) == 0)


@settings(max_examples=150, deadline=None)
@given(st.lists(commands, max_size=40), st.sampled_from([0, 1, 2]))
def test_cash_and_shares_are_what_the_executions_made_of_them(
    make_world: type[World], script: list[Command], partial_fill_every: int
):
    world = make_world(partial_fill_every)
    for command in script:
        carry_out(world, command)
        check(world)


@settings(max_examples=50, deadline=None)
@given(st.lists(commands, max_size=40), st.sampled_from([0, 2]))
def test_the_recorded_changes_make_the_same_state_again(
    make_world: type[World], script: list[Command], partial_fill_every: int
):
    world = make_world(partial_fill_every)
    for command in script:
        carry_out(world, command)
    world.close()
    again = fold(State(world.state.seed), world.changes)
    assert (again.accounts, again.closes, again.divisible) == (
        world.state.accounts,
        world.state.closes,
        world.state.divisible,
    )
