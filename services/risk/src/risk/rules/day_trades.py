"""A small account may buy and sell on one day only so often, where a broker counts it."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.limits import Limits
from contracts.values import plain
from risk import trips
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import ACCOUNT, NOON, Example, moment
from risk.state import State
from risk.trips import DayTrips

LIMITS = ("max_day_trades", "day_trade_equity")
CURE = "Wait until an older day trade is more than five trading days back, or add money; 0 turns the rule off."


def day_trades(state: State, candidate: Candidate) -> Answer:
    """Count the day trades of five trading days with today, and those that leaving today would make.

    Each symbol that was bought today, may still be, or would be by this entry can be left today, since exits are never
    refused; so each counts. From `day_trade_equity` on nobody counts.
    """
    limit, least, symbol = state.limits.max_day_trades, state.limits.day_trade_equity, candidate.signal.symbol
    if not limit:
        return Answer(passed=True, value="not counted", limit="none", reason="")
    if state.snapshot is None:
        return UNKNOWN
    if state.snapshot.equity >= least:
        return Answer(passed=True, value="not counted", limit=str(limit), reason="")
    open_today = {*trips.opened(state.trips, candidate.now), *(e.symbol for e in state.entries.values()), symbol}
    count = trips.made(state.trips, candidate.now) + len(open_today)
    reason = (
        f"leaving {symbol} today could be day trade {count} in five trading days,"
        f" {limit} at most below {plain(least)} dollars of equity"
    )
    return Answer(count <= limit, str(count), str(limit), reason)


def broken() -> Example:
    small = structs.replace(ACCOUNT, equity=Decimal(24_999))
    busy = DayTrips(days={NOON.date().isoformat(): 3})
    return Example(moment(snapshot=small, limits=Limits(max_day_trades=3), trips=busy))
