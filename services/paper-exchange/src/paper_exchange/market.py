"""The market: recorded days, each dated onto the next trading day, one beat every quarter of a minute."""

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

import exchange.book
from exchange.book import Moment
from exchange.fills import Print
from paper_exchange.sessions import Session, Sessions
from paper_exchange.tape import NEW_YORK, QUARTER, QUARTERS, SECOND, Bar, Tape, prints

MINUTE = QUARTER * QUARTERS
LATE = 1.0  # seconds after which the market does not catch up: a laptop that slept sees no racing prices


class Minute(Struct, frozen=True):
    """The bar of a minute that has ended; `at` is its start."""

    at: int
    bar: Bar


class Beat(Struct, frozen=True):
    """What happens at one instant of market time."""

    at: int
    round: int
    closing: bool
    prints: tuple[Print, ...]
    minutes: tuple[Minute, ...]


def beats(tape: Tape, sessions: Sessions, since: int, rounds: int | None = None) -> Iterator[Beat]:
    """Play on after `since`, for ever or until the session number `rounds`."""
    index = sessions.index(since)
    while rounds is None or index < rounds:
        session = sessions[index]
        first = max(0, (since - session.opens) // QUARTER + 1)
        for beat in range(first, (session.closes - session.opens) // QUARTER + 1):
            yield _beat(tape, session, index, beat)
        index += 1


def minutes_of(tape: Tape, session: Session, index: int) -> Iterator[Minute]:
    """List the bars of a session in the order of time."""
    day = tape.days[index % len(tape.days)]
    for number in range((session.closes - session.opens) // MINUTE):
        at = session.opens + number * MINUTE
        yield from (Minute(at, bar) for bar in day.minutes[number])


def moment(sessions: Sessions, now: int) -> Moment:
    """Tell which session it is at `now`, and until when an order for the day is good."""
    index = sessions.index(now)
    coming = sessions[index]
    last = sessions[index - 1] if index else None
    local = datetime.fromtimestamp(now // SECOND, NEW_YORK)
    return Moment(
        now=now,
        session=_session(last, coming, now),
        closes_at=coming.closes,
        ends_at=last.ends if last is not None and now < last.ends else coming.ends,
        settles=sessions[index + 1].date,
        minute=local.hour * 60 + local.minute,
    )


def _session(last: Session | None, coming: Session, now: int) -> exchange.book.Session:
    """Say which part of the day it is: `coming` is the first regular session that has not closed yet."""
    kind = exchange.book.Session
    if last is not None and now < last.ends:
        return kind.AFTER
    if now >= coming.opens:
        return kind.REGULAR
    return kind.PRE if now >= coming.begins else kind.CLOSED


def _beat(tape: Tape, session: Session, index: int, number: int) -> Beat:
    at = session.opens + number * QUARTER
    day = tape.days[index % len(tape.days)]
    minute, quarter = divmod(number, QUARTERS)
    closing = at == session.closes
    ended = day.minutes[minute - 1] if quarter == 0 and minute > 0 else ()
    return Beat(
        at=at,
        round=index,
        closing=closing,
        prints=() if closing else prints(day.minutes[minute], quarter, at),
        minutes=tuple(Minute(at - MINUTE, bar) for bar in ended),
    )


class Clock:
    """Market time, flowing between the beats and never back.

    Between a close and the next open it flows for one beat and then jumps.
    """

    def __init__(self, at: int, speed: float) -> None:
        self._at = at
        self._speed = speed
        self._gap = 1
        self._since = time.monotonic()

    def now(self) -> int:
        """Nanoseconds since 1970, UTC; always before the next beat."""
        elapsed = int((time.monotonic() - self._since) * self._speed * 10**9)
        return self._at + min(elapsed, self._gap - 1)

    async def reach(self, at: int) -> None:
        """Wait until it is `at`."""
        self._gap = min(at - self._at, QUARTER)
        due = self._since + self._gap / 10**9 / self._speed
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        now = time.monotonic()
        self._since = due if now - due < LATE else now
        self._at, self._gap = at, 1
