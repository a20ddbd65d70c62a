"""No position may grow beyond its share of the equity."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import SIGNAL, Example, moment
from risk.state import State

LIMITS = ("max_position_fraction",)
CURE = "Enter less, or let a position be a greater part of the equity."


def position_size(state: State, candidate: Candidate) -> Answer:
    """Count what is held and what approved entries may still buy at the price now, and what this order may spend."""
    if candidate.price is None or state.snapshot is None:
        return UNKNOWN
    before = state.position(candidate.signal.symbol).worth(candidate.price)
    value, limit = before + candidate.cost, state.limits.max_position_fraction * state.snapshot.equity
    reason = f"the position would be {plain(value)} dollars, more than {plain(limit)}"
    return Answer(value <= limit, plain(value), plain(limit), reason)


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, qty=Decimal(51)))
