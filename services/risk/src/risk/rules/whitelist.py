"""Where a list of symbols is set, nothing else is bought."""

from __future__ import annotations

from contracts.limits import Limits
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ("whitelist",)
CURE = "Add the symbol to the whitelist, or empty the list to allow any."


def whitelist(state: State, candidate: Candidate) -> Answer:
    symbol, listed = candidate.signal.symbol, state.limits.whitelist
    limit = ", ".join(listed) or "any"
    return Answer(not listed or symbol in listed, symbol, limit, f"{symbol} is not on the whitelist: {limit}")


def broken() -> Example:
    return Example(moment(limits=Limits(whitelist=("SPY", "QQQ"))))
