"""What is on the list is not bought."""

from __future__ import annotations

from contracts.limits import Limits
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ("blacklist",)
CURE = "Take the symbol off the blacklist."


def blacklist(state: State, candidate: Candidate) -> Answer:
    symbol, listed = candidate.signal.symbol, state.limits.blacklist
    return Answer(symbol not in listed, symbol, ", ".join(listed) or "none", f"{symbol} is on the blacklist")


def broken() -> Example:
    return Example(moment(limits=Limits(blacklist=("AAPL",))))
