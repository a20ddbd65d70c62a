"""Splits as steps: announced, and carried out when their time has come."""

from decimal import Decimal

from exchange import passing
from exchange.accounts import closes, dormant, owned, promised, replaced, working_in
from exchange.book import Moment, Order, Status, ended, remaining
from exchange.matching import end
from exchange.split import Split, rated
from exchange.state import Announced, Divided, State, evolve
from exchange.turn import Outcome, Turn
from exchange.venue import Venue


def announce(state: State, split: Split, at: Moment) -> Outcome:
    announced = Announced(split)
    evolve(state, announced)
    state.time = max(state.time, at.now)
    return Outcome((announced,))


def is_due(state: State, now: int) -> bool:
    return any(not split.done and split.due <= now for split in state.splits.values())


def carry_out(state: State, venue: Venue, at: Moment) -> Outcome:
    """Let the splits happen that are due: holdings and prices change.

    Orders keep their quantities and prices (Alpaca reduces neither), unless they would close more than is held now.
    """
    changes, events = Outcome().changes, Outcome().events
    for split in sorted(state.splits.values(), key=lambda one: (one.due, one.id)):
        if split.done or split.due > at.now:
            continue
        divided = _divided(state, venue, split, at)
        evolve(state, divided)
        turns = passing.turns_of_all(state, venue, at)
        for turn in turns:
            _fit(turn, split.symbol)
        changes += (divided, *(change for turn in turns for change in turn.changes))
        events += tuple(event for turn in turns for event in turn.events)
    state.time = max(state.time, at.now)
    return Outcome(changes, events)


def _divided(state: State, venue: Venue, split: Split, at: Moment) -> Divided:
    shown, asset = state.prints.get(split.symbol), venue.assets.get(split.symbol)
    price = None if shown is None else rated(shown.price, split)
    return Divided(split.id, at.now, price, whole=asset is not None and not asset.is_fractionable)


def _fit(turn: Turn, symbol: str) -> None:
    """Cancel what would close more than is held: first orders too large for themselves, then the youngest."""
    held = abs(owned(turn.account, symbol))
    for order in sorted(_closing(turn, symbol, held), key=lambda one: (remaining(one) <= held, -one.created_at)):
        if held and promised(turn.account, symbol) <= held:
            return
        now = turn.account.orders[order.id]  # the cancel of another may have changed it
        if not ended(now):
            end(turn, now, Status.CANCELED)


def _closing(turn: Turn, symbol: str, held: Decimal) -> list[Order]:
    account = turn.account
    # What is about to take the place of another ends with that one.
    own = (order for order in working_in(account, symbol) if replaced(account, order) is None)
    orders = (order for order in own if not dormant(account, order))
    return [order for order in orders if (closes(account, symbol, order.side) if held else order.closes)]
