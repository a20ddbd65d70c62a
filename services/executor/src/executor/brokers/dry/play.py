"""One account on the exchange core, played against the real market's clock and prices, with its journal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.days import new_york
from contracts.market import Quote
from exchange import core, splitting
from exchange.accounts import Account
from exchange.assets import Asset
from exchange.book import Moment, Session
from exchange.fills import Print
from exchange.journal import Journal
from exchange.refusals import Refusal
from exchange.split import Split
from exchange.turn import Answer, Event, Outcome
from exchange.venue import Venue
from executor.brokers.broker import ClockReading
from executor.brokers.dry.shapes import nanoseconds

NAME = "dry-run"
_AFTER_HOURS = timedelta(hours=4)
_FIRST_HOUR = 4
_CENTS = Decimal("0.0001")


class Play:
    """Every step is on disk before anybody hears of it. Steps may come from several threads."""

    def __init__(self, journal: Journal, speed: float = 1.0) -> None:
        self._journal, self._speed = journal, speed
        self._lock = threading.RLock()
        self.state = journal.start()
        # What is held was listed once; what is ordered anew is asked about.
        self.venue = Venue({symbol: Asset(symbol) for symbol in self._symbols()})
        self.on_events: Callable[[tuple[Event, ...]], None] = lambda _: None
        self._reading: ClockReading | None = None
        self._closed: datetime | None = None
        self._read_at = 0.0

    @property
    def is_open(self) -> bool:
        """Say whether the account has been opened."""
        return NAME in self.state.accounts

    def open(self, cash: Decimal) -> None:
        with self._lock:
            self._record(core.open_account(self.state, NAME, cash, self._moment()))

    def _symbols(self) -> set[str]:
        return {
            symbol for account in self.state.accounts.values() for symbol in (*account.positions, *account.by_symbol)
        }

    def look(self) -> Account:
        return self.state.accounts[NAME]

    def list(self, asset: Asset) -> None:
        """Let the symbol trade."""
        self.venue.assets.setdefault(asset.symbol, asset)

    def read_clock(self, reading: ClockReading) -> None:
        """Go by what the real broker says of time; when its session has ended since, it ends here."""
        with self._lock:
            before, self._reading, self._read_at = self._reading, reading, time.monotonic()
            if reading.is_open:
                self._closed = reading.next_close
            if not self.is_open:
                return
            if before is not None and before.is_open and not reading.is_open:
                self._record(core.close_session(self.state, self._moment()))
                if self._journal.overgrown():
                    self._journal.compact(self.state)
            self._record(core.advance(self.state, self.venue, self._moment()))
            self._record(splitting.carry_out(self.state, self.venue, self._moment()))

    def announce(self, split: Split) -> None:
        """Let a split happen when its day has come, if all that is held was bought before."""
        with self._lock:
            known = any(one.symbol == split.symbol and one.due == split.due for one in self.state.splits.values())
            if known or not self.is_open or split.symbol not in self.look().positions:
                return
            if all(fill.at < split.due for fill in self.look().fills if fill.symbol == split.symbol):
                self._record(splitting.announce(self.state, split, self._moment()))

    def hear(self, quote: Quote) -> None:
        """Let the working orders of a symbol meet its newest price."""
        with self._lock:
            if self.is_open and self._reading is not None and (shown := _print(quote)):
                self._record(core.tick(self.state, self.venue, (shown,), self._moment()))

    def perform(self, step: Callable[[Moment], Answer]) -> Answer:
        """Carry out a command now."""
        with self._lock:
            answer = step(self._moment())
            if not isinstance(answer, Refusal):
                self._record(answer)
            return answer

    def stop(self) -> None:
        self._journal.stop()

    def _record(self, outcome: Outcome) -> None:
        if outcome.changes:
            self._journal.append(self.state.time, outcome.changes)
        if outcome.events:
            self.on_events(outcome.events)

    def _moment(self) -> Moment:
        reading = self._reading
        if reading is None:
            raise RuntimeError("an order was played before the market's time was known")
        now = reading.at + timedelta(seconds=(time.monotonic() - self._read_at) * self._speed)
        local = new_york(now)
        session = _session(reading, self._closed, now)
        last = self._closed if session is Session.AFTER and self._closed else reading.next_close
        return Moment(
            now=max(nanoseconds(now), self.state.time), session=session, closes_at=nanoseconds(reading.next_close),
            ends_at=nanoseconds(last + _AFTER_HOURS), settles=_day_after(local), minute=local.hour * 60 + local.minute,
        )  # fmt: skip


def _session(reading: ClockReading, closed: datetime | None, now: datetime) -> Session:
    """Tell the part of the day; `closed` is when the last session that was seen open was to close."""
    if reading.is_open and now < reading.next_close:
        return Session.REGULAR
    if closed is not None and closed <= now < closed + _AFTER_HOURS:
        return Session.AFTER
    local, opens = new_york(now), new_york(reading.next_open)
    return Session.PRE if local.date() == opens.date() and local.hour >= _FIRST_HOUR else Session.CLOSED


def _day_after(local: datetime) -> str:
    day = local.date() + timedelta(days=1)
    while day.isoweekday() > 5:  # noqa: PLR2004 - Friday
        day += timedelta(days=1)
    return day.isoformat()


def _print(quote: Quote) -> Print | None:
    """Make a quote a trade at its last price; without two sides nobody can tell what an order would get."""
    if not 0 < quote.bid <= quote.ask:
        return None
    bid, ask = (Decimal(str(side)).quantize(_CENTS) for side in (quote.bid, quote.ask))
    price = Decimal(str(quote.last)).quantize(_CENTS) if bid <= quote.last <= ask else (bid + ask) / 2
    return Print(quote.symbol, nanoseconds(quote.at), price, bid, ask, bid, ask)
