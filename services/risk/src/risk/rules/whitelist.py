"""Where a list of symbols is set, nothing else is bought."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State


def whitelist(state: State, candidate: Candidate) -> Answer:
    symbol, listed = candidate.signal.symbol, state.limits.whitelist
    limit = ", ".join(listed) or "any"
    return Answer(not listed or symbol in listed, symbol, limit, f"{symbol} is not on the whitelist: {limit}")
