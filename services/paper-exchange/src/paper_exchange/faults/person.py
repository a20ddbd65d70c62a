"""Orders placed and canceled by hand: not through the keys of the program that trades the account."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from exchange import core
from exchange.book import Moment, Ticket
from exchange.refusals import Refusal
from exchange.state import State
from exchange.turn import Answer, Outcome
from exchange.venue import Venue

Step: TypeAlias = Callable[[State, Venue, Moment], Answer]


def act(perform: Callable[[Step], Answer], name: str, symbol: str, deed: str) -> bool:
    """Buy or sell one share, or cancel the oldest order of the symbol; tell whether it could be done."""
    if deed == "cancel":
        outcome = perform(lambda state, venue, now: _cancel(state, venue, name, symbol, now))
        return not isinstance(outcome, Refusal) and bool(outcome.changes)
    ticket = Ticket(symbol=symbol, side=deed, type="market", time_in_force="day", qty=Decimal(1))
    return not isinstance(place(perform, name, ticket), Refusal)


def place(perform: Callable[[Step], Answer], name: str, ticket: Ticket) -> Answer:
    return perform(lambda state, venue, now: core.submit(state, venue, name, ticket, now))


def _cancel(state: State, venue: Venue, name: str, symbol: str, now: Moment) -> Answer:
    account = state.accounts[name]
    oldest = next((one for one in account.working if account.orders[one].symbol == symbol), None)
    return Outcome() if oldest is None else core.cancel(state, venue, name, oldest, now)
