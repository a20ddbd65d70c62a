"""No position may grow beyond its share of the equity."""

from __future__ import annotations

from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.state import State


def position_size(state: State, candidate: Candidate) -> Answer:
    """Count what is held, what approved entries may still buy, and this order, all at the price now."""
    if candidate.price is None or state.snapshot is None:
        return UNKNOWN
    position = state.position(candidate.signal.symbol)
    shares = abs(position.qty) + position.pending + candidate.qty
    value, limit = shares * candidate.price, state.limits.max_position_fraction * state.snapshot.equity
    reason = f"the position would be {plain(value)} dollars, more than {plain(limit)}"
    return Answer(value <= limit, plain(value), plain(limit), reason)
