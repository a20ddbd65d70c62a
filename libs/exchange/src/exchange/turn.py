"""One step in the making: what it writes is in the state at once, and in its record."""

from typing import TypeAlias

from msgspec import Struct

from exchange.accounts import Account, Fill
from exchange.book import Moment, Order
from exchange.refusals import Refusal
from exchange.state import Change, Ordered, State, evolve
from exchange.venue import Venue


class Event(Struct, frozen=True):
    """What the stream of an account tells about one order."""

    account: str
    event: str
    order: Order
    at: int
    fill: Fill | None = None


class Outcome(Struct, frozen=True):
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()
    orders: tuple[Order, ...] = ()  # the order a command was about and its legs, as the answer shows them


Answer: TypeAlias = Outcome | Refusal


class Turn:
    def __init__(self, state: State, account: Account, at: Moment, venue: Venue) -> None:
        self.state = state
        self.account = account
        self.at = at
        self.venue = venue
        self.touched: set[str] = set()  # ids of the orders that this step has changed already
        self.changes: list[Change] = []
        self.events: list[Event] = []

    def record(self, change: Change) -> None:
        evolve(self.state, change)
        self.changes.append(change)

    def put(self, order: Order) -> Order:
        self.record(Ordered(self.account.name, order))
        self.touched.add(order.id)
        return order

    def say(self, event: str, order: Order, fill: Fill | None = None) -> None:
        self.events.append(Event(self.account.name, event, order, self.at.now, fill))

    def outcome(self, orders: tuple[Order, ...] = ()) -> Outcome:
        return Outcome(tuple(self.changes), tuple(self.events), orders)
