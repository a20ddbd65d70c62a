"""Without a price there is no size and no limit."""

from __future__ import annotations

from contracts.values import plain
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ()
CURE = "See `interlock providers`: whether prices come at all, and whether the data plan knows the symbol."


def known_price(_: State, candidate: Candidate) -> Answer:
    price, symbol = candidate.price, candidate.signal.symbol
    value, missing = "unknown" if price is None else plain(price), price is None
    return Answer(not missing, value, "a quote", f"no quote for {symbol}", pending=missing)


def broken() -> Example:
    return Example(moment(prices={}, quotes={}))
