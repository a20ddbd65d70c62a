"""The trading floor: one state, one journal, one market; every step is on disk before anybody hears of it."""

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal

from exchange import core, splitting
from exchange.accounts import Account
from exchange.book import Moment, Ticket
from exchange.fills import Print
from exchange.journal import Journal, JournalError
from exchange.refusals import Refusal
from exchange.split import Split, print_after
from exchange.state import Halted, Resumed, State
from exchange.turn import Answer, Event, Outcome
from exchange.venue import Venue
from paper_exchange.faults.faults import Faults
from paper_exchange.faults.mishaps import Mishaps
from paper_exchange.market import Beat, Clock, beats, moment, shown, silenced
from paper_exchange.recorded import CENT
from paper_exchange.sessions import Sessions
from paper_exchange.tape import Tape


class Floor:
    def __init__(self, tape: Tape, venue: Venue, journal: Journal, cash: Decimal, faults: Faults) -> None:
        self.tape = tape
        self.sessions = Sessions(tape.days[0].date)
        self.venue = venue
        self.on_events: list[Callable[[Iterable[Event]], None]] = []
        self.on_beat: list[Callable[[Beat], None]] = []
        self.on_status: list[Callable[[Halted | Resumed], None]] = []
        self.playing = False
        self._journal = journal
        self._cash = cash
        self.state: State = journal.start()
        strange = _traded(self.state) - set(tape.symbols)
        if strange:
            journal.stop()
            raise JournalError(f"the accounts hold or order {', '.join(sorted(strange))}, expected symbols of the bars")
        self._clock = Clock(self.state.time, 1)
        self._timer: asyncio.TimerHandle | None = None
        self.mishaps = Mishaps(faults, self)
        self.on_events.append(self.mishaps.hear)

    def moment(self) -> Moment:
        return moment(self.sessions, self._clock.now())

    def account(self, name: str) -> Account:
        """Give the account of a name, opened when it is the first time that somebody asks."""
        if name not in self.state.accounts:
            self._record(core.open_account(self.state, name, self._cash, self.moment()))
        return self.state.accounts[name]

    def submit(self, name: str, ticket: Ticket) -> Answer:
        return self.mishaps.submit(name, ticket)

    def cancel(self, name: str, order_id: str) -> Answer:
        return self.mishaps.cancel(name, order_id)

    def perform(self, step: Callable[[State, Venue, Moment], Answer]) -> Answer:
        """Carry out a step of the core now: it is on disk, and told of, before the answer is given."""
        return self._answer(step(self.state, self.venue, self.moment()))

    def simulate(self, symbol: str, price: Decimal) -> Print:
        """Let one trade happen at a price of one's own; its quote begins there and is a cent wide."""
        at = self.moment()
        ask = price + CENT
        one = Print(symbol, at.now, price, price, ask, price, ask)
        self._record(core.simulate(self.state, self.venue, one, at))
        self._tell(Beat(at.now, self.sessions.index(at.now), closing=False, ending=False, prints=(one,), minutes=()))
        return one

    def announce(self, split: Split) -> None:
        """Tell of a split of a later session; what is played from then on is at its prices."""
        self._record(splitting.announce(self.state, split, self.moment()))
        self._divide(split)

    def closing_price(self, symbol: str) -> Decimal:
        """Give the price at the last close; before the first one, the price that the recording begins with."""
        closes = self.state.closes
        return closes[symbol] if symbol in closes else _first_price(self.tape, symbol)

    async def play(self, speed: float, *, loop: bool) -> None:
        """Play the market from where it stood on."""
        rounds = None if loop else len(self.tape.days)
        await asyncio.to_thread(self.sessions.reach, self.tape.days[0].date)  # a second of importing
        for split in self.state.splits.values():
            self._divide(split)
        self.state.prints.update(self._shown())
        first = next(beats(self.tape, self.sessions, self.state.time, rounds), None)
        self._clock = Clock(self.state.time if first is None else first.at - 1, speed)
        for beat in beats(self.tape, self.sessions, self.state.time, rounds):
            await self._clock.reach(beat.at)
            self._step(beat)
            self.playing = True
        self.playing = True

    def _shown(self) -> dict[str, Print]:
        found = shown(self.tape, self.sessions, self.state.time, self.state.halted)
        for symbol, simulated in self.state.simulated.items():
            if symbol not in found or found[symbol].at < simulated[-1].at:
                found[symbol] = simulated[-1]
        for split in self.state.splits.values():
            if split.done and split.symbol in found and found[split.symbol].at < split.due:
                found[split.symbol] = print_after(found[split.symbol], split)
        return found

    def _divide(self, split: Split) -> None:
        """Divide the recorded prices of the sessions from the split on."""
        self.tape.splits.put(split.symbol, self.sessions.index(split.due), split.new_rate / split.old_rate)

    def _step(self, beat: Beat) -> None:
        told = self.mishaps.before(beat)
        if self.state.halted:
            beat, told = silenced(beat, self.state.halted), silenced(told, self.state.halted)
        at = moment(self.sessions, beat.at)
        if splitting.is_due(self.state, beat.at):
            self._record(splitting.carry_out(self.state, self.venue, at))
        if beat.closing:
            self._record(core.close_session(self.state, at))
            if self._journal.overgrown():
                self._journal.compact(self.state)
        if beat.prints:
            self._record(core.tick(self.state, self.venue, beat.prints, at))
        else:
            self._record(core.advance(self.state, self.venue, at))
        self._tell(told)

    def _tell(self, told: Beat) -> None:
        for hear in self.on_beat:
            hear(told)

    def _answer(self, answer: Answer) -> Answer:
        if not isinstance(answer, Refusal):
            self._record(answer)
        return answer

    def _record(self, outcome: Outcome) -> None:
        self._journal.append(self.state.time, outcome.changes)
        for hear in self.on_events:
            hear(outcome.events)
        for change in outcome.changes:
            if isinstance(change, Halted | Resumed):
                for hear_status in self.on_status:
                    hear_status(change)
        if self.venue.latency:
            self._await_due()

    def _await_due(self) -> None:
        """Let what is due before the next beat happen in its time; the beat brings about the rest."""
        self.rest()
        due = core.next_due(self.state)
        seconds = None if due is None else self._clock.seconds_until(due)
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._advance)

    def _advance(self) -> None:
        self._record(core.advance(self.state, self.venue, self.moment()))

    def rest(self) -> None:
        """Await nothing more."""
        if self._timer is not None:
            self._timer.cancel()


def _first_price(tape: Tape, symbol: str) -> Decimal:
    bars = (bar for day in tape.days for bar in day.symbols.get(symbol, {}).values())
    return next((bar.open for bar in bars), Decimal(0))


def _traded(state: State) -> set[str]:
    """Name the symbols of which an account has a position or an order."""
    return {symbol for one in state.accounts.values() for symbol in (*one.positions, *one.by_symbol)}
