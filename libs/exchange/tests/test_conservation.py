"""Whatever is asked of it, the exchange neither makes nor loses money or shares."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from exchange.accounts import buying_power, money, owned
from exchange.book import Amendment, Exit, Order, Side, Ticket, ended, remaining
from exchange.state import State, fold

if TYPE_CHECKING:
    from collections.abc import Callable

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


def group_ticket(order_class: str, side: str, qty: str, profit: str, loss: str) -> Ticket:
    ticket = Ticket(
        symbol="SPY", side=side, type="market", time_in_force="gtc", order_class=order_class,
        qty=D(qty), take_profit=Exit(limit_price=D(profit)), stop_loss=Exit(stop_price=D(loss)),
    )  # fmt: skip
    if side == "sell":
        ticket = replace(ticket, take_profit=Exit(limit_price=D(loss)), stop_loss=Exit(stop_price=D(profit)))
    if order_class == "oco":
        return replace(ticket, side="sell" if side == "buy" else "buy", type="limit")
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
    side=st.sampled_from(["buy", "sell"]),
    qty=quantities,
    profit=st.integers(95, 125).map(str),
    loss=st.integers(75, 105).map(str),
)


class Deed(Struct, frozen=True):
    """Something that is done to one of the orders."""

    name: str
    number: int
    price: Decimal


deeds = st.builds(
    Deed,
    name=st.sampled_from(["cancel", "stick", "release", "replace", "fill late", "close", "halt", "resume", "wait"]),
    number=st.integers(0, 200),
    price=st.integers(80, 120).map(D),
)
Command: TypeAlias = Ticket | str | Deed  # an order, a trade at a price, or a deed
commands: st.SearchStrategy[Command] = st.one_of(tickets, group_tickets, prices, deeds)
worlds = st.builds(
    dict[str, object],
    partial_fill_every=st.sampled_from([0, 1, 2]),
    partial_fills=st.sampled_from(["0", "0.5"]),
    latency=st.sampled_from([0, 3]),
)


def carry_out(world: World, command: Command) -> None:
    orders = list(world.account.orders.values())
    if isinstance(command, Ticket):
        world.ask(command)
    elif isinstance(command, str):
        world.trade(command)
    elif orders:
        act(world, orders[command.number % len(orders)], command)


def act(world: World, order: Order, deed: Deed) -> None:
    match deed.name:
        case "cancel" | "stick":
            world.cancel(order, stuck=deed.name == "stick")
        case "release":
            world.release(order)
        case "replace":
            world.replace(order, amendment(order, deed))
        case "fill late":
            world.fill_late(order)
        case "close":
            world.close()
            world.go(9 * 60 + 30)
        case "halt":
            world.halt()
        case "wait":
            world.wait(deed.number % 9 + 1)
        case _:
            world.resume()


def amendment(order: Order, deed: Deed) -> Amendment:
    simple = order.order_class == "simple"
    return Amendment(
        qty=D(deed.number % 40 + 1) if simple else None,
        limit_price=deed.price if order.limit_price else None,
        stop_price=deed.price if order.stop_price else None,
    )


def check(world: World) -> None:
    account = world.account
    signed = [(fill, 1 if fill.side is Side.BUY else -1) for fill in account.fills]
    held = D(0)
    for fill, sign in signed:
        assert held * (held + sign * fill.qty) >= 0, "an execution took the position through zero"
        held += sign * fill.qty
        assert fill.position_qty == held
    assert owned(account, "SPY") == held
    assert account.cash == 100_000 - sum(sign * money(fill.qty * fill.price) for fill, sign in signed)
    assert buying_power(account, world.state.prints) >= 0
    for order in account.orders.values():
        executed = [fill for fill in account.fills if fill.order_id == order.id]
        assert order.filled_qty == sum((fill.qty for fill in executed), D(0))
        assert remaining(order) >= 0
        assert (order.status == "filled") is (order.filled_qty > 0 and remaining(order) == 0)
    indexed = [order_id for ids in account.by_symbol.values() for order_id in ids]
    assert set(indexed) == set(account.working) == {one.id for one in account.orders.values() if not ended(one)}
    assert account.due == {one.id: one.due for one in map(account.orders.__getitem__, indexed) if one.due}


@settings(max_examples=200, deadline=None)
@given(st.lists(commands, max_size=40), worlds)
def test_cash_and_shares_are_what_the_executions_made_of_them(
    make_world: Callable[..., World], script: list[Command], terms: dict[str, object]
):
    world = make_world(**terms)
    for command in script:
        carry_out(world, command)
        check(world)


@settings(max_examples=100, deadline=None)
@given(st.lists(commands, max_size=40), worlds)
def test_the_recorded_changes_make_the_same_state_again(
    make_world: Callable[..., World], script: list[Command], terms: dict[str, object]
):
    world = make_world(**terms)
    for command in script:
        carry_out(world, command)
    world.close()
    again = fold(State(world.state.seed), world.changes)
    assert (again.accounts, again.closes, again.divisible, again.halted) == (
        world.state.accounts,
        world.state.closes,
        world.state.divisible,
        world.state.halted,
    )
