"""The market: recorded days, each dated onto the next trading day, a beat every quarter of a minute that has bars."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

import exchange.book
from exchange.book import Moment
from exchange.fills import Print
from paper_exchange.recorded import Bar, Day
from paper_exchange.sessions import Session, Sessions
from paper_exchange.tape import MINUTE, NEW_YORK, QUARTER, QUARTERS, SECOND, Hours, Tape, prints

MORNING = 30 * MINUTE
LATE = 1.0  # seconds after which the market does not catch up: a laptop that slept sees no racing prices


class Minute(Struct, frozen=True):
    """The bar of a minute that has ended; `at` is its start."""

    at: int
    bar: Bar


class Beat(Struct, frozen=True):
    """What happens at one instant of market time."""

    at: int
    round: int
    closing: bool  # of the regular session, before anything else
    ending: bool  # of trading after the hours
    prints: tuple[Print, ...]
    minutes: tuple[Minute, ...]


def beats(tape: Tape, sessions: Sessions, since: int, rounds: int | None = None) -> Iterator[Beat]:
    """Play on after `since`, for ever or until the session number `rounds`."""
    index = max(0, sessions.index(since) - 1)  # the session that has closed last may not have ended
    while rounds is None or index < rounds:
        session, day = sessions[index], tape.day(index)
        start, end = played(tape.hours, session)
        instants = _instants(day, session, start, end)
        if tape.splits.begin_in(index):
            instants = sorted({*instants, session.midnight, *_morning(session)})
        for at in instants[bisect_right(instants, since) :]:
            minute, rest = divmod(at - session.midnight, MINUTE)
            ended = day.minutes.get(minute - 1, ()) if rest == 0 and start < at <= end else ()
            yield Beat(
                at=at,
                round=index,
                closing=at == session.closes,
                ending=at == session.ends,
                prints=prints(day.minutes.get(minute, ()), rest // QUARTER, at) if at < end else (),
                minutes=tuple(Minute(at - MINUTE, bar) for bar in ended),
            )
        index += 1


def silenced(beat: Beat, symbols: Collection[str]) -> Beat:
    """Leave out the symbols in which nothing trades."""
    return replace(
        beat,
        prints=tuple(one for one in beat.prints if one.symbol not in symbols),
        minutes=tuple(one for one in beat.minutes if one.bar.symbol not in symbols),
    )


def minutes_of(tape: Tape, sessions: Sessions, index: int, symbol: str) -> Iterator[Minute]:
    """List the bars of a symbol in a session in the order of time."""
    session = sessions[index]
    start, end = played(tape.hours, session)
    for minute, bar in tape.day(index).symbols.get(symbol, {}).items():
        at = session.midnight + minute * MINUTE
        if start <= at < end:
            yield Minute(at, bar)


def shown(tape: Tape, sessions: Sessions, until: int, halted: Mapping[str, int]) -> dict[str, Print]:
    """Find what the market showed last of each symbol, until then or its halt, in that session and the one before."""
    found: dict[str, Print] = {}
    for symbol in tape.symbols:
        last = min(until, halted.get(symbol, until + 1) - 1)
        index = sessions.index(last)
        for session in range(max(0, index - 1), index + 1):
            minutes = [one for one in minutes_of(tape, sessions, session, symbol) if one.at <= last]
            found.update((symbol, one) for minute in minutes[-1:] for one in prints_of(minute) if one.at <= last)
    return found


def prints_of(minute: Minute) -> Iterator[Print]:
    for quarter in range(QUARTERS):
        yield from prints((minute.bar,), quarter, minute.at + quarter * QUARTER)


def played(hours: Hours, session: Session) -> tuple[int, int]:
    return (session.opens, session.closes) if hours is Hours.REGULAR else (session.begins, session.ends)


def _instants(day: Day, session: Session, start: int, end: int) -> list[int]:
    """Say when something happens: while a minute with bars is played, and where a part of the day begins or ends."""
    found = {start, session.opens, session.closes, session.ends}
    for minute in day.minutes:
        at = session.midnight + minute * MINUTE
        if start <= at < end:
            found.update(range(at, at + MINUTE + 1, QUARTER))
    return sorted(found)


def _morning(session: Session) -> range:
    """Let market time flow before the first open after a split, so that there is time to see to the orders."""
    return range(session.opens - MORNING, session.opens, QUARTER)


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


class Clock:
    """Market time, flowing between the beats and never back.

    Where the recording is silent, and overnight, it flows for one beat and then jumps.
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

    def seconds_until(self, at: int) -> float | None:
        """Tell how long it takes until it is `at`, unless a beat comes first."""
        return max(0, at - self.now()) / 10**9 / self._speed if at < self._at + self._gap else None

    async def reach(self, at: int) -> None:
        """Wait until it is `at`."""
        self._gap = min(at - self._at, QUARTER)
        due = self._since + self._gap / 10**9 / self._speed
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        now = time.monotonic()
        self._since = due if now - due < LATE else now
        self._at, self._gap = at, 1
