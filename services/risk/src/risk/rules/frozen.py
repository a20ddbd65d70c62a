"""While nobody knows what is held of a symbol, nothing is added to it."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State


def frozen(state: State, candidate: Candidate) -> Answer:
    symbol = candidate.signal.symbol
    kinds = [drift.difference for drift in state.drifts.values() if drift.symbol == symbol]
    reason = f"the broker and the log differ about {symbol}: {', '.join(kinds)}"
    return Answer(not kinds, str(len(kinds)), "0", reason)
