"""The exchange: one step of a command or of the market gives changes, and what the streams tell of them."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from exchange.accounts import closes
from exchange.assets import Asset
from exchange.book import Moment, Order, Status, Ticket, ended, identity
from exchange.fills import Print
from exchange.matching import WAITING, end, route, work
from exchange.opening import open_orders
from exchange.refusals import not_found, unacceptable
from exchange.rulebook import refuse
from exchange.state import Closed, Opened, State, evolve
from exchange.turn import Answer, Outcome, Turn


class Venue(Struct, frozen=True):
    """What does not change while the exchange runs."""

    assets: dict[str, Asset]
    partial_fill_every: int = 0  # every n-th divisible order is filled in two executions; 0: none


def open_account(state: State, name: str, cash: Decimal, at: Moment) -> Outcome:
    if name in state.accounts:
        return Outcome()
    opened = Opened(name, cash, at.now)
    evolve(state, opened)
    state.time = max(state.time, at.now)
    return Outcome((opened,))


def submit(state: State, venue: Venue, name: str, ticket: Ticket, at: Moment) -> Answer:
    account = state.accounts[name]
    number = len(account.orders)
    refusal = refuse(ticket, account, state.prints, venue.assets)
    if refusal is not None:
        return refusal
    turn = _turn(state, name, at)
    closing = closes(account, ticket.symbol, ticket.side)
    orders = open_orders(ticket, at, identity(state.seed, "orders", name), number, closes=closing)
    for order in orders:
        turn.put(order)
    turn.say(orders[0].status.value, orders[0])
    if at.is_open:
        route(turn, orders[0], venue.partial_fill_every)
    return turn.outcome(orders)


def cancel(state: State, name: str, order_id: str, at: Moment) -> Answer:
    order = state.accounts[name].orders.get(order_id)
    if order is None:
        return not_found(f"order not found for {order_id}")
    if order.status is Status.CANCELED:
        return Outcome(orders=(order,))
    if ended(order):
        return unacceptable(f'order is already in "{order.status}" state')
    turn = _turn(state, name, at)
    end(turn, order, Status.CANCELED)
    return turn.outcome((order,))


def tick(state: State, venue: Venue, prints: Iterable[Print], at: Moment) -> Outcome:
    """Let the market trade: orders that wait are routed, orders that work meet the new prices."""
    fresh = {shown.symbol: shown for shown in prints}
    state.prints.update(fresh)
    turns = [_turn(state, name, at) for name, account in state.accounts.items() if account.working]
    for turn in turns:
        for order_id in tuple(turn.account.working):
            order = turn.account.orders[order_id]
            if order.status in WAITING:
                route(turn, order, venue.partial_fill_every)
            elif order.symbol in fresh and order.updated_at < at.now:
                # What another order's fill has woken or changed in this step has met these prices already.
                work(turn, order, venue.partial_fill_every, resting=True)
    state.time = at.now
    return _joined(turns)


def close_session(state: State, at: Moment) -> Outcome:
    """Ring the bell: what was good until now expires, and the day is marked at its last prices."""
    turns = [_turn(state, name, at) for name, account in state.accounts.items() if account.working]
    for turn in turns:
        for order_id in tuple(turn.account.working):
            order = turn.account.orders[order_id]
            if not ended(order) and order.expires_at <= at.now:
                _expire(turn, order)
    closed = Closed({symbol: shown.price for symbol, shown in state.prints.items()})
    evolve(state, closed)
    state.time = at.now
    outcome = _joined(turns)
    return replace(outcome, changes=(*outcome.changes, closed))


def _expire(turn: Turn, order: Order) -> None:
    # The members of a group share their time in force: each of them expires, none is canceled by another.
    now = turn.at.now
    turn.put(replace(order, status=Status.EXPIRED, expired_at=now, updated_at=now))
    turn.say("expired", turn.account.orders[order.id])


def _turn(state: State, name: str, at: Moment) -> Turn:
    state.time = max(state.time, at.now)
    return Turn(state, state.accounts[name], at)


def _joined(turns: list[Turn]) -> Outcome:
    return Outcome(
        tuple(change for turn in turns for change in turn.changes),
        tuple(event for turn in turns for event in turn.events),
    )
