"""Only so many symbols at once."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State


def max_concurrent(state: State, candidate: Candidate) -> Answer:
    """Count symbols with a position or a pending entry, with this one."""
    count, limit = len(state.taken() | {candidate.signal.symbol}), state.limits.max_concurrent
    return Answer(count <= limit, str(count), str(limit), f"{count} symbols would be open, {limit} at most")
