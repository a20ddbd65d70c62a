"""The exchange core in time that leaps: one account in one symbol, and what the market and people do to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from exchange import core, splitting
from exchange.accounts import Account
from exchange.assets import Asset
from exchange.book import Amendment, Moment, Session, Ticket
from exchange.fills import Print
from exchange.split import Split
from exchange.state import State
from exchange.turn import Answer, Event, Outcome
from exchange.venue import Venue
from executor.brokers.dry.shapes import NANOSECONDS, nanoseconds
from executor.brokers.memory import START

NAME, SYMBOL = "paper", "SPY"
CASH = Decimal(10_000_000)
HOURS = timedelta(hours=6, minutes=30)
BEFORE, AFTER = timedelta(hours=5, minutes=30), timedelta(hours=4)
HOURS_TO_MIDNIGHT = timedelta(hours=14, minutes=30)
NEW_YORK = timedelta(hours=-4)
CENT = Decimal("0.01")

WIRE = 50_000_000
"""Nanoseconds until an order or a cancel takes effect."""


class Street:
    """Everything that happens to the account is a step; `on_step` hears of each, `on_events` what it told."""

    def __init__(self) -> None:
        self.state = State(seed="6c9d3a52-51b1-5a57-8f6c-5c1f0e5d7a11")
        self.venue = Venue({SYMBOL: Asset(SYMBOL)}, partial_fills=Decimal("0.4"), latency=WIRE)
        self.on_step: Callable[[], None] = lambda: None
        self.on_events: Callable[[tuple[Event, ...]], None] = lambda _: None
        self.on_split: Callable[[Split], None] = lambda _: None
        self.is_open = True
        self._ahead = timedelta(0)
        self.opened, self.hours, self.away = START, HOURS, timedelta(days=1)
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Open the account."""
        self.take(core.open_account(self.state, NAME, CASH, self.moment()))

    @property
    def books(self) -> Account:
        return self.state.accounts[NAME]

    @property
    def at_once(self) -> Venue:
        """Give the venue to those who are nearer to it than we are."""
        return replace(self.venue, latency=0, partial_fills=Decimal(0))

    def now(self) -> datetime:
        return START + self._ahead + timedelta(seconds=asyncio.get_running_loop().time())

    @property
    def bell(self) -> datetime:
        """Say when the last session ends, or did: `hours` after its begin."""
        return self.opened + self.hours

    @property
    def next_open(self) -> datetime:
        """Say when the next one begins: `away` from the last, which is more over a weekend."""
        return self.opened + self.away

    @property
    def session(self) -> Session:
        if self.is_open:
            return Session.REGULAR
        since, ahead = self.now() - self.bell, self.next_open - self.now()
        if since < AFTER:
            return Session.AFTER
        return Session.PRE if ahead <= BEFORE else Session.CLOSED

    def moment(self) -> Moment:
        now, session = self.now(), self.session
        closes = self.bell if self.is_open else self.next_open + HOURS
        ends = self.bell if session is Session.AFTER else closes
        local = now + NEW_YORK
        return Moment(
            now=max(nanoseconds(now), self.state.time), session=session,
            closes_at=nanoseconds(closes), ends_at=nanoseconds(ends + AFTER),
            settles=(local.date() + timedelta(days=1)).isoformat(), minute=local.hour * 60 + local.minute,
        )  # fmt: skip

    def take(self, answer: Answer) -> Answer:
        """Tell of what a step has changed, and be there when the next is due."""
        if isinstance(answer, Outcome):
            self.on_events(answer.events)
        if self._timer is not None:
            self._timer.cancel()
        due = core.next_due(self.state)
        if due is not None:
            wait = max(due - nanoseconds(self.now()), 1) / NANOSECONDS
            self._timer = asyncio.get_running_loop().call_later(wait, self._advance)
        self.on_step()
        return answer

    def _advance(self) -> None:
        for split in self.state.splits.values():
            if not split.done and split.due <= nanoseconds(self.now()):
                self.take(splitting.carry_out(self.state, self.venue, self.moment()))
                self.on_split(split)
        self.take(core.advance(self.state, self.venue, self.moment()))

    # What the market does.

    def show(self, price: Decimal) -> None:
        """Let a trade print, unless nothing is traded."""
        if self.session is not Session.CLOSED:
            bid, ask = price - CENT, price + CENT
            one = Print(SYMBOL, nanoseconds(self.now()), price, bid, ask, bid, ask)
            self.take(core.tick(self.state, self.venue, (one,), self.moment()))

    def halt(self) -> None:
        self.take(core.halt(self.state, SYMBOL, self.moment()))

    def resume(self) -> None:
        self.take(core.resume(self.state, SYMBOL, self.moment()))

    def ring(self, days: int | None = None) -> None:
        """End the session, or begin the next, so many days after the last if it is not the next day."""
        if self.is_open:
            self.leap_to(self.bell)
            self.is_open = False
            self.take(core.close_session(self.state, self.moment()))
            self._advance()
        else:
            self.opened += self.away if days is None else timedelta(days=days)
            self.hours, self.away = HOURS, timedelta(days=1)
            self.leap_to(self.opened)
            self.is_open = True
            self._advance()

    def dusk(self, before: timedelta) -> None:
        """Let it be so long before the end of the trading after the hours."""
        self.leap_to(self.bell + AFTER - before)

    def night(self) -> None:
        """End the trading after the hours."""
        self.dusk(timedelta(0))
        self.take(core.close_session(self.state, self.moment()))
        self._advance()

    def morning(self) -> None:
        """Begin the trading before the hours."""
        self.leap_to(self.next_open - BEFORE)
        self._advance()

    def announce(self, old: Decimal, new: Decimal) -> None:
        """Announce a split for the next day: it happens at midnight."""
        midnight = self.opened + HOURS_TO_MIDNIGHT
        day = (midnight + NEW_YORK).date().isoformat()
        split = Split(f"split-{day}", SYMBOL, old, new, day, "", nanoseconds(midnight))
        self.take(splitting.announce(self.state, split, self.moment()))

    @property
    def is_eve(self) -> bool:
        """Say whether it is the night in which a split happens."""
        midnight = nanoseconds(self.opened + HOURS_TO_MIDNIGHT)
        return not self.is_open and any(split.due == midnight for split in self.state.splits.values())

    def leap_to(self, moment: datetime) -> None:
        self._ahead += max(moment - self.now(), timedelta(0))

    # What a person does, who is faster than anybody can tell us of it.

    def cancel_by_hand(self, order_id: str) -> None:
        self.take(core.cancel(self.state, self.at_once, NAME, order_id, self.moment()))

    def move_by_hand(self, order_id: str, stop_price: Decimal, *, at_once: bool = True) -> None:
        venue = self.at_once if at_once else self.venue
        self.take(core.replace(self.state, venue, NAME, order_id, Amendment(stop_price=stop_price), self.moment()))

    def sell_by_hand(self, name: str, qty: Decimal, limit: Decimal | None = None) -> None:
        ticket = Ticket(
            symbol=SYMBOL, side="sell", type="limit" if limit else "market", time_in_force="day", qty=qty,
            limit_price=limit, client_order_id=name,
        )  # fmt: skip
        self.take(core.submit(self.state, self.at_once, NAME, ticket, self.moment()))

    def fill_late(self, order_id: str) -> bool:
        """Let an execution turn up that had crossed the cancel of its order."""
        return isinstance(self.take(core.fill_late(self.state, self.venue, NAME, order_id, self.moment())), Outcome)

    def release(self, order_id: str, *, refused: bool) -> None:
        """End the wait of a cancel that is stuck."""
        self.take(core.release(self.state, NAME, order_id, self.moment(), refused=refused))
