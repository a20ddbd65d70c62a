"""The windows of time that a portfolio history is made of."""

from collections.abc import Iterator
from itertools import count

from msgspec import Struct

from paper_exchange.portfolio import Window
from paper_exchange.sessions import Sessions
from paper_exchange.tape import MINUTE
from paper_exchange.times import DAY

TIMEFRAMES = {"1Min": MINUTE, "5Min": 5 * MINUTE, "15Min": 15 * MINUTE, "1H": 60 * MINUTE, "1D": DAY}
REPORTING = ("market_hours", "extended_hours", "continuous")


class Asked(Struct, frozen=True):
    start: int  # nanoseconds since 1970, UTC
    end: int
    timeframe: str
    reporting: str
    is_reset: bool  # whether each day's gains are counted from the close before


def windows(asked: Asked, sessions: Sessions, now: int) -> list[Window]:
    """List the windows, each with the moment that its gains are counted from: for days, the end of the first."""
    step = TIMEFRAMES[asked.timeframe]
    labels = list(_labels(asked, sessions))
    if step == DAY:
        ends = [min(label, now) for label in labels]
        return [Window(end, end, ends[0]) for end in ends]
    bases = [_close_before(sessions, label if asked.is_reset else labels[0]) for label in labels]
    return [Window(label, min(label + step, now), base) for label, base in zip(labels, bases, strict=True)]


def _labels(asked: Asked, sessions: Sessions) -> Iterator[int]:
    """List the windows by their starts; a day by its end, which is how Alpaca dates it."""
    step = TIMEFRAMES[asked.timeframe]
    if asked.reporting == "continuous" and step < DAY:
        yield from range(asked.start // step * step, asked.end + 1, step)
        return
    for index in count(max(0, sessions.index(max(asked.start, 0)) - 1)):
        session = sessions[index]
        begins, ends = (session.opens, session.closes)
        if asked.reporting == "extended_hours":
            begins, ends = (session.begins, session.ends)
        if begins > asked.end:
            return
        if ends >= asked.start:
            yield from (session.ends,) if step == DAY else range(begins, min(ends, asked.end) + 1, step)


def _close_before(sessions: Sessions, at: int) -> int:
    """Give the close of the trading day before the one that `at` belongs to; -1 before the first."""
    index = sessions.index(at)
    if at < sessions[index].begins:
        index -= 1
    return sessions[index - 1].closes if index > 0 else -1
