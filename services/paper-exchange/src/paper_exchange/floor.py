"""The trading floor: one state, one journal, one market; every step is on disk before anybody hears of it."""

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal

from exchange import core
from exchange.accounts import Account
from exchange.assets import Asset
from exchange.book import Moment, Ticket
from exchange.fills import Print
from exchange.refusals import Refusal
from exchange.state import State
from exchange.turn import Answer, Event, Outcome
from paper_exchange.journal import Journal
from paper_exchange.market import Beat, Clock, beats, moment
from paper_exchange.sessions import Sessions
from paper_exchange.tape import Tape


class Floor:
    def __init__(self, tape: Tape, journal: Journal, cash: Decimal, partial_fill_every: int) -> None:
        self.tape = tape
        self.sessions = Sessions(tape.days[0].date)
        self.venue = core.Venue({symbol: Asset(symbol) for symbol in tape.symbols}, partial_fill_every)
        self.on_events: Callable[[Iterable[Event]], None] = _ignore
        self.on_beat: Callable[[Beat], None] = _ignore
        self.playing = False
        self._journal = journal
        self._cash = cash
        self.state: State = journal.start()
        self._clock = Clock(self.state.time, 1)

    def moment(self) -> Moment:
        return moment(self.sessions, self._clock.now())

    def account(self, name: str) -> Account:
        """Give the account of a name, opened when it is the first time that somebody asks."""
        if name not in self.state.accounts:
            self._record(core.open_account(self.state, name, self._cash, self.moment()))
        return self.state.accounts[name]

    def submit(self, name: str, ticket: Ticket) -> Answer:
        return self.perform(lambda state, venue, at: core.submit(state, venue, name, ticket, at))

    def cancel(self, name: str, order_id: str) -> Answer:
        return self.perform(lambda state, _, at: core.cancel(state, name, order_id, at))

    def perform(self, step: Callable[[State, core.Venue, Moment], Answer]) -> Answer:
        """Carry out a step of the core now: it is on disk, and told of, before the answer is given."""
        return self._answer(step(self.state, self.venue, self.moment()))

    def closing_price(self, symbol: str) -> Decimal:
        """Give the price at the last close; before the first one, the price that the recording begins with."""
        closes = self.state.closes
        return closes[symbol] if symbol in closes else _first_price(self.tape, symbol)

    async def play(self, speed: float, *, loop: bool) -> None:
        """Play the market from where it stood on."""
        rounds = None if loop else len(self.tape.days)
        await asyncio.to_thread(self.sessions.reach, self.tape.days[0].date)  # a second of importing
        self.state.prints.update(self._shown(self.state.time))
        first = next(beats(self.tape, self.sessions, self.state.time, rounds), None)
        self._clock = Clock(self.state.time if first is None else first.at - 1, speed)
        for beat in beats(self.tape, self.sessions, self.state.time, rounds):
            await self._clock.reach(beat.at)
            self._step(beat)
            self.playing = True
        self.playing = True

    def _shown(self, until: int) -> dict[str, Print]:
        """Find what the market showed last, in the session before and in this one."""
        if until == 0:
            return {}
        start = self.sessions[max(0, self.sessions.index(until) - 1)].opens
        shown: dict[str, Print] = {}
        for beat in beats(self.tape, self.sessions, start - 1):
            if beat.at > until:
                break
            shown.update((one.symbol, one) for one in beat.prints)
        return shown

    def _step(self, beat: Beat) -> None:
        at = moment(self.sessions, beat.at)
        if beat.closing:
            outcome = core.close_session(self.state, at)
        else:
            outcome = core.tick(self.state, self.venue, beat.prints, at)
        self._record(outcome)
        if beat.closing and self._journal.overgrown():
            self._journal.compact(self.state)
        self.on_beat(beat)

    def _answer(self, answer: Answer) -> Answer:
        if not isinstance(answer, Refusal):
            self._record(answer)
        return answer

    def _record(self, outcome: Outcome) -> None:
        self._journal.append(self.state.time, outcome.changes)
        self.on_events(outcome.events)


def _ignore(_: object) -> None:
    """Nobody listens."""


def _first_price(tape: Tape, symbol: str) -> Decimal:
    bars = (bar for minute in tape.days[0].minutes for bar in minute)
    return next((bar.open for bar in bars if bar.symbol == symbol), Decimal(0))
