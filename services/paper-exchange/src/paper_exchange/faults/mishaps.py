"""The faults of the venue: what befalls orders and symbols, and how much of the market is shown."""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from exchange import core
from exchange.book import Order, Status, Ticket
from exchange.fills import Print
from exchange.refusals import Refusal
from exchange.state import State
from exchange.turn import Answer, Event
from paper_exchange.faults.faults import Faults, Strike, Target
from paper_exchange.faults.person import Step, act
from paper_exchange.faults.sight import Sight
from paper_exchange.faults.table import FAULTS, Place, at
from paper_exchange.market import Beat
from paper_exchange.tape import SECOND

AT_THE_MARKET = frozenset({Status.NEW, Status.PARTIALLY_FILLED})
OF_AN_ORDER = at(Place.ORDER)
OF_A_CANCEL = at(Place.CANCEL)
OF_A_CANCELED = at(Place.CANCELED)
OF_A_PRINT = at(Place.PRINT)
OF_A_PERSON = at(Place.PERSON)
STANDING = frozenset({"halt", "stuck_cancel", "cancel_rejected"})  # what healing undoes
OF_THE_MARKET = frozenset(OF_A_PRINT + OF_A_PERSON)


class House(Protocol):
    state: State

    def perform(self, step: Step) -> Answer: ...


class Due(Struct, frozen=True):
    """What follows a fault, and from which market time on."""

    at: int
    fault: str
    step: Step


class Mishaps:
    def __init__(self, faults: Faults, house: House) -> None:
        self.faults = faults
        self._house = house
        self._due: list[Due] = []
        self._sight = Sight(house.state.prints)
        self._recall()

    def submit(self, name: str, ticket: Ticket) -> Answer:
        struck = self.faults.draw(OF_AN_ORDER, Target(name, ticket.symbol, ticket.client_order_id or ""))
        doomed = struck is not None
        outcome = self._house.perform(
            lambda state, venue, now: core.submit(state, venue, name, ticket, now, doomed=doomed)
        )
        if struck is not None and not isinstance(outcome, Refusal):
            self.faults.land(struck)
        return outcome

    def cancel(self, name: str, order_id: str) -> Answer:
        order = self._house.state.accounts[name].orders.get(order_id)
        struck = None
        if order is not None and order.status in AT_THE_MARKET:
            struck = self.faults.draw(OF_A_CANCEL, _target(name, order))
        stuck = struck is not None
        outcome = self._house.perform(
            lambda state, venue, now: core.cancel(state, venue, name, order_id, now, stuck=stuck)
        )
        if struck is not None and not isinstance(outcome, Refusal) and outcome.changes:
            self.faults.land(struck)
            self._follow(struck, _released(name, order_id, refused=struck.fault == "cancel_rejected"))
        return outcome

    def hear(self, events: Iterable[Event]) -> None:
        """Take note of what has happened to orders."""
        for event in events:
            if event.event == "canceled":
                struck = self.faults.strike(OF_A_CANCELED, _target(event.account, event.order))
                if struck is not None:
                    self._follow(struck, _filled(event.account, event.order.id))

    def before(self, beat: Beat) -> Beat:
        """Let happen what is due and what strikes at a beat of the market; the beat is what market data shows of it."""
        for due in [one for one in self._due if one.at <= beat.at]:
            self._due.remove(due)
            self._house.perform(due.step)
        if OF_THE_MARKET.isdisjoint(self.faults.live):
            self._sight.clear()
            return beat
        trading = (one for one in beat.prints if one.symbol not in self._house.state.halted)
        return replace(beat, prints=tuple(shown for one in trading if (shown := self._print(one)) is not None))

    def shown(self, symbol: str) -> Print | None:
        """Give what market data shows of a symbol."""
        return self._sight.of(symbol)

    def heal(self, name: str | None = None) -> None:
        """Undo what stands: halted symbols trade again, stuck cancels are done."""
        self.faults.heal(name)
        healed = [one for one in self._due if name in {None, one.fault}]
        self._due = [one for one in self._due if one not in healed]
        for due in healed:
            if due.fault in STANDING:
                self._house.perform(due.step)

    def _print(self, one: Print) -> Print | None:
        for name in self._house.state.accounts:
            by_hand = self.faults.draw(OF_A_PERSON, Target(name, one.symbol))
            if by_hand is not None and act(self._house.perform, name, one.symbol, by_hand.variant):
                self.faults.land(by_hand)
        struck = self.faults.strike(OF_A_PRINT, Target(symbol=one.symbol))
        if struck is not None and struck.fault == "halt":
            self._house.perform(lambda state, _, now: core.halt(state, one.symbol, now))
            self._follow(struck, _resumed(one.symbol))
        return self._sight.show(one, "" if struck is None else struck.fault)

    def _follow(self, struck: Strike, step: Step) -> None:
        self._due.append(Due(self._house.state.time + int(struck.seconds * SECOND), struck.fault, step))

    def _recall(self) -> None:
        """Remember what an earlier process has left to be done."""
        state = self._house.state
        for symbol, since in state.halted.items():
            self._due.append(_later(since, "halt", _resumed(symbol)))
        for name, account in state.accounts.items():
            for order in map(account.orders.__getitem__, account.working):
                if order.status is Status.PENDING_CANCEL and order.due is None:
                    self._due.append(_later(order.updated_at, "stuck_cancel", _released(name, order.id)))


def _target(name: str, order: Order) -> Target:
    return Target(name, order.symbol, order.client_order_id)


def _later(since: int, fault: str, step: Step) -> Due:
    return Due(since + int((FAULTS[fault].seconds or 0) * SECOND), fault, step)


def _resumed(symbol: str) -> Step:
    return lambda state, _, now: core.resume(state, symbol, now)


def _released(name: str, order_id: str, *, refused: bool = False) -> Step:
    return lambda state, _, now: core.release(state, name, order_id, now, refused=refused)


def _filled(name: str, order_id: str) -> Step:
    return lambda state, venue, now: core.fill_late(state, venue, name, order_id, now)
