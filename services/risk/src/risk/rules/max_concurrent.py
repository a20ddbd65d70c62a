"""Only so many symbols at once."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ("max_concurrent",)
CURE = "Wait until a position is closed, or raise the limit."


def max_concurrent(state: State, candidate: Candidate) -> Answer:
    """Count symbols with a position or a pending entry, with this one."""
    taken = state.position(candidate.signal.symbol).is_open
    count, limit = state.slots + (not taken), state.limits.max_concurrent
    return Answer(count <= limit, str(count), str(limit), f"{count} symbols would be open, {limit} at most")


def broken() -> Example:
    return Example(moment(slots=3))
