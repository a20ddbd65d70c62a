"""What is on the list is not bought."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State


def blacklist(state: State, candidate: Candidate) -> Answer:
    symbol, listed = candidate.signal.symbol, state.limits.blacklist
    return Answer(symbol not in listed, symbol, ", ".join(listed) or "none", f"{symbol} is on the blacklist")
