"""The exchange: one step of a command or of the market gives changes, and what the streams tell of them."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec.structs import replace as with_

from exchange import groups, passing, replacing
from exchange.accounts import closes, owned
from exchange.book import (
    WAITING,
    Amendment,
    Moment,
    OrderType,
    Status,
    Ticket,
    TimeInForce,
    identity,
)
from exchange.fills import Print, fill_price, shares
from exchange.hours import admits, fresh
from exchange.matching import cross, end, execute, fits, route, work
from exchange.opening import open_orders
from exchange.refusals import unacceptable
from exchange.rulebook import refuse, refuse_cancel, refuse_replacement
from exchange.rulebook.rule import Desk
from exchange.state import Change, Closed, Halted, Opened, Resumed, Simulated, State, evolve
from exchange.trailing import trailed
from exchange.turn import Answer, Outcome, Turn
from exchange.venue import Venue


def open_account(state: State, name: str, cash: Decimal, at: Moment) -> Outcome:
    if name in state.accounts:
        return Outcome()
    return _recorded(state, Opened(name, cash, at.now), at)


def submit(state: State, venue: Venue, name: str, ticket: Ticket, at: Moment, *, doomed: bool = False) -> Answer:
    """Take an order; a doomed one is rejected when it comes to the market."""
    account = state.accounts[name]
    refusal = refuse(ticket, Desk(account, state.prints, venue.assets, at))
    if refusal is not None:
        return refusal
    turn = passing.turn_of(state, name, at, venue)
    closing = closes(account, ticket.symbol, ticket.side)
    entry, *legs = open_orders(ticket, at, _seed(state, name), len(account.orders), closes=closing)
    routed = admits(at, extended_hours=entry.extended_hours)
    entry = with_(entry, doomed=doomed, due=at.now + venue.latency if routed and venue.latency else None)
    shown = state.prints.get(entry.symbol)
    if routed and shown is not None and fresh(shown, at) and entry.type is OrderType.TRAILING_STOP:
        entry = trailed(entry, shown.price)
    orders = tuple(turn.put(order) for order in (entry, *legs))
    turn.say(entry.status.value, entry)
    if routed and entry.due is None:
        route(turn, entry)
    return turn.outcome(orders)


def cancel(state: State, venue: Venue, name: str, order_id: str, at: Moment, *, stuck: bool = False) -> Answer:
    """Cancel an order; a stuck cancel of one at the market waits until it is released, or the order fills."""
    account = state.accounts[name]
    refusal = refuse_cancel(order_id, Desk(account, state.prints, venue.assets, at))
    if refusal is not None:
        return refusal
    order = account.orders[order_id]
    if order.status is Status.CANCELED:
        return Outcome(orders=(order,))
    turn = passing.turn_of(state, name, at, venue)
    stuck = stuck and order.status not in WAITING
    order = with_(order, cancel_requested_at=at.now, updated_at=at.now)
    if not (stuck or venue.latency):
        end(turn, order, Status.CANCELED)
        return turn.outcome((order,))
    due = None if stuck else at.now + venue.latency
    order = turn.put(with_(order, status=Status.PENDING_CANCEL, due=due))
    turn.say("pending_cancel", order)
    return turn.outcome((order,))


def release(state: State, name: str, order_id: str, at: Moment, *, refused: bool = False) -> Answer:
    """Let a stuck cancel be done; a refused one leaves the order to work on."""
    order = state.accounts[name].orders.get(order_id)
    if order is None or order.status is not Status.PENDING_CANCEL:
        return unacceptable("order is not pending cancel")
    turn = passing.turn_of(state, name, at, Venue({}))
    if refused:
        status = groups.standing(turn.account, order)
        order = turn.put(with_(order, status=status, cancel_requested_at=None, updated_at=at.now))
        turn.say("order_cancel_rejected", order)
    else:
        end(turn, order, Status.CANCELED)
    return turn.outcome((order,))


def replace(state: State, venue: Venue, name: str, order_id: str, amendment: Amendment, at: Moment) -> Answer:
    """Replace an order by a new one with other terms, which answers."""
    account = state.accounts[name]
    refusal = refuse_replacement(order_id, amendment, Desk(account, state.prints, venue.assets, at))
    if refusal is not None:
        return refusal
    turn = passing.turn_of(state, name, at, venue)
    order = account.orders[order_id]
    new = turn.put(replacing.successor(order, amendment, at, _seed(state, name), len(account.orders)))
    due = at.now + venue.latency if venue.latency else None
    order = turn.put(with_(order, status=Status.PENDING_REPLACE, replaced_by=new.id, updated_at=at.now, due=due))
    if due is None:
        replacing.swap(turn, order)
    else:
        turn.say("pending_replace", order)
    return turn.outcome((new,))


def fill_late(state: State, venue: Venue, name: str, order_id: str, at: Moment) -> Answer:
    """Let the rest of a canceled order fill after all: the execution had crossed the cancel."""
    order = state.accounts[name].orders.get(order_id)
    if order is None or order.status is not Status.CANCELED:
        return unacceptable("order is not canceled")
    turn = passing.turn_of(state, name, at, venue)
    shown = state.prints.get(order.symbol)
    price = None if shown is None else fill_price(order, shown, resting=False) or order.limit_price
    if price is None:
        return unacceptable(f"{order.symbol} has no price for the order")
    rest = shares(order, price)
    if not fits(order, owned(turn.account, order.symbol), rest):
        return unacceptable("the shares are not there any more")
    execute(turn, with_(order, canceled_at=None), price, rest, rest)
    return turn.outcome((turn.account.orders[order.id],))


def halt(state: State, symbol: str, at: Moment) -> Outcome:
    """Stop the trading of a symbol: its orders are taken and rest, its stops are not set off."""
    return _recorded(state, Halted(symbol, at.now), at)


def resume(state: State, symbol: str, at: Moment) -> Outcome:
    return _recorded(state, Resumed(symbol, at.now), at)


def simulate(state: State, venue: Venue, shown: Print, at: Moment) -> Outcome:
    """Let one trade happen that the market does not know of, and remember it."""
    simulated = _recorded(state, Simulated(shown), at)
    outcome = tick(state, venue, (shown,), at)
    return with_(outcome, changes=(*simulated.changes, *outcome.changes))


def next_due(state: State) -> int | None:
    """When `advance` has something to do next that no tick of the market brings about."""
    return min((due for account in state.accounts.values() for due in account.due.values()), default=None)


def advance(state: State, venue: Venue, at: Moment) -> Outcome:
    """Let happen what is due: orders reach the market, cancels and replacements take effect, sessions change."""
    return _joined([*passing.due(state, venue, at), *passing.sessions_change(state, venue, at)])


def tick(state: State, venue: Venue, prints: Iterable[Print], at: Moment) -> Outcome:
    """Let the market trade: what is due happens, then the orders in the symbols that printed meet the new prices."""
    before = passing.due(state, venue, at)
    shown = {one.symbol: one for one in prints if one.symbol not in state.halted}
    # At the first print of the day nobody has been met by a price on its way: all trade at the opening quote.
    met = {symbol: fresh(state.prints.get(symbol), at) for symbol in shown}
    state.prints.update(shown)
    turns = passing.sessions_change(state, venue, at) or passing.turns_of_all(state, venue, at)
    for turn in turns:
        for symbol in [symbol for symbol in turn.account.by_symbol if symbol in shown]:
            for order_id in tuple(turn.account.by_symbol.get(symbol, ())):
                order = turn.account.orders[order_id]
                # What another order's fill has woken or changed in this step has met these prices already.
                if order.status not in WAITING and order_id not in turn.touched:
                    work(turn, order, resting=met[symbol])
    return _joined([*before, *turns])


def close_session(state: State, at: Moment) -> Outcome:
    """Ring the bell: the closing auction is held, what was good until now expires, the day is marked at its prices."""
    turns = passing.turns_of_all(state, Venue({}), at)
    for turn in turns:
        for order in passing.working(turn):
            shown = state.prints.get(order.symbol)
            if order.time_in_force is TimeInForce.CLS and order.status not in WAITING:
                tradable = fresh(shown, at) and order.symbol not in state.halted
                cross(turn, order, shown if tradable else None)
        passing.expire_all(turn)
    closed = Closed({symbol: shown.price for symbol, shown in state.prints.items()})
    outcome = _joined(turns)
    return with_(outcome, changes=(*outcome.changes, *_recorded(state, closed, at).changes))


def _seed(state: State, name: str) -> str:
    return identity(state.seed, "orders", name)


def _recorded(state: State, change: Change, at: Moment) -> Outcome:
    evolve(state, change)
    state.time = max(state.time, at.now)
    return Outcome((change,))


def _joined(turns: list[Turn]) -> Outcome:
    return Outcome(
        tuple(change for turn in turns for change in turn.changes),
        tuple(event for turn in turns for event in turn.events),
    )
