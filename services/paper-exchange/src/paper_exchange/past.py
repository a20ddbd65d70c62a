"""What the market has shown: no bar, trade or quote that market time has not reached."""

from collections.abc import Callable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter

from exchange.fills import Print
from paper_exchange.adjusting import as_traded
from paper_exchange.bars import Candle, candle, joined, with_trades
from paper_exchange.floor import Floor
from paper_exchange.market import Minute, minutes_of, prints_of
from paper_exchange.sessions import Session
from paper_exchange.tape import MINUTE
from paper_exchange.timeframes import DAILY, EVERY_MINUTE, Timeframe

FOR_EVER = 1 << 63
RECENT = 10  # sessions in which the latest bars are looked for


def candles(
    house: Floor, frame: Timeframe, symbol: str, start: int, end: int, shown: Callable[[Candle], Candle] = as_traded
) -> Iterator[Candle]:
    """List the bars that begin from `start` to `end`; the last one may still grow.

    They are joined of minutes as `shown`: a week may have a split in it.
    """
    placed = ((at, shown(minute)) for at, minute in _placed(house, symbol, frame, start))
    for at, members in groupby(placed, itemgetter(0)):
        if at > end:
            return
        if at >= start:
            yield joined(at, [one for _, one in members])


def prints(house: Floor, symbol: str, start: int, end: int) -> Iterator[Print]:
    """List the trades, each with its quote, from `start` to `end`."""
    until, trades = min(end, house.moment().now), trading(house, symbol)
    for session, minutes in _sessions(house, symbol, start, until):
        recorded = (one for minute in minutes for one in prints_of(minute))
        simulated = _simulated(house, symbol, session.begins, session.ends)
        for one in merge(recorded, simulated, key=lambda one: one.at):
            if start <= one.at <= until and trades(one.at):
                yield one


def bar(house: Floor, minute: Minute) -> Candle:
    """Make the bar of a minute, simulated trades included."""
    return with_trades(candle(minute), _simulated(house, minute.bar.symbol, minute.at, minute.at + MINUTE))


def latest(house: Floor, symbol: str) -> tuple[Candle | None, list[Candle]]:
    """Give the last minute that has ended, and the last two days, the younger one first."""
    now = house.moment().now
    index = house.sessions.index(now)
    minutes = candles(house, EVERY_MINUTE, symbol, house.sessions[max(0, index - 1)].begins, now)
    days = candles(house, DAILY, symbol, house.sessions[max(0, index - RECENT)].midnight, now)
    return next(reversed(list(minutes)), None), list(days)[:-3:-1]


def _placed(house: Floor, symbol: str, frame: Timeframe, start: int) -> Iterator[tuple[int, Candle]]:
    """Put every minute that has ended beside the beginning of the bar that it belongs to."""
    until, trades = house.moment().now, trading(house, symbol)
    for session, minutes in _sessions(house, symbol, start, until):
        begins = frame.begins(session)
        for minute in minutes:
            counts = frame.within_a_day or session.opens <= minute.at < session.closes
            if counts and start <= minute.at <= until - MINUTE and trades(minute.at + MINUTE):
                yield begins(minute.at), bar(house, minute)


def _simulated(house: Floor, symbol: str, start: int, end: int) -> list[Print]:
    return [one for one in house.state.simulated.get(symbol, ()) if start <= one.at < end]


def trading(house: Floor, symbol: str) -> Callable[[int], bool]:
    """Tell at which moments a symbol was not halted."""
    state = house.state
    halts = (*state.halts.get(symbol, ()), *((since, FOR_EVER) for since in (state.halted.get(symbol),) if since))
    return lambda at: not any(since <= at < end for since, end in halts)


def _sessions(house: Floor, symbol: str, start: int, until: int) -> Iterator[tuple[Session, Iterator[Minute]]]:
    index = max(0, house.sessions.index(start) - 1)
    while house.sessions[index].begins <= until:
        yield house.sessions[index], minutes_of(house.tape, house.sessions, index, symbol)
        index += 1
