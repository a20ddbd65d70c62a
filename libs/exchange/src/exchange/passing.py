"""What time alone brings about: what was on its way arrives, sessions change, orders expire."""

from collections.abc import Iterable

from msgspec.structs import replace

from exchange import replacing
from exchange.accounts import replaced
from exchange.book import AUCTIONS, WAITING, Moment, Order, Status, ended
from exchange.hours import admits
from exchange.matching import end, expire, route
from exchange.state import State
from exchange.turn import Turn
from exchange.venue import Venue


def due(state: State, venue: Venue, at: Moment) -> list[Turn]:
    """Let happen what is due, in its order."""
    turns: list[Turn] = []
    for name, account in state.accounts.items():
        arrived = sorted((one for one in account.due if account.due[one] <= at.now), key=account.due.__getitem__)
        if arrived:
            turns.append(turn_of(state, name, at, venue))
        for order_id in arrived:
            _happen(turns[-1], account.orders[order_id])
    state.time = max(state.time, at.now)
    return turns


def _happen(turn: Turn, order: Order) -> None:
    if order.due is None or ended(order):
        return  # an earlier one of the same step has changed it
    if order.status is Status.PENDING_CANCEL:
        end(turn, order, Status.CANCELED)
    elif order.status is Status.PENDING_REPLACE:
        replacing.swap(turn, order)
    elif admits(turn.at, extended_hours=order.extended_hours):
        route(turn, order)
    else:
        turn.put(replace(order, due=None))


def sessions_change(state: State, venue: Venue, at: Moment) -> list[Turn]:
    """Look at every order when a session begins: some have expired meanwhile, some were waiting for it."""
    if state.session is at.session:
        return []
    state.session = at.session
    turns = turns_of_all(state, venue, at)
    for turn in turns:
        expire_all(turn)
        for order in working(turn):
            waits = order.status in WAITING and order.due is None and replaced(turn.account, order) is None
            if waits and admits(at, extended_hours=order.extended_hours):
                route(turn, order)
    return turns


def expire_all(turn: Turn) -> None:
    for order in working(turn):
        if order.expires_at > turn.at.now:
            continue
        if order.time_in_force in AUCTIONS:
            end(turn, order, Status.CANCELED)
        else:
            expire(turn, order)


def working(turn: Turn) -> Iterable[Order]:
    """Give the orders that worked when the step began, each as it stands when its turn comes, if it still works."""
    orders = (turn.account.orders[order_id] for order_id in tuple(turn.account.working))
    return (order for order in orders if not ended(order))


def turns_of_all(state: State, venue: Venue, at: Moment) -> list[Turn]:
    return [turn_of(state, name, at, venue) for name, account in state.accounts.items() if account.working]


def turn_of(state: State, name: str, at: Moment, venue: Venue) -> Turn:
    state.time = max(state.time, at.now)
    return Turn(state, state.accounts[name], at, venue)
