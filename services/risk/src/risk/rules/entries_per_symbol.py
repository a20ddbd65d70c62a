"""Only so many entries into one symbol."""

from __future__ import annotations

from decimal import Decimal

from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import Position, State

LIMITS = ("max_entries_per_symbol",)
CURE = "Wait until an entry is closed, or raise the limit."


def entries_per_symbol(state: State, candidate: Candidate) -> Answer:
    """Count entries that are held or pending, with this one."""
    symbol, limit = candidate.signal.symbol, state.limits.max_entries_per_symbol
    count = state.position(symbol).entries + 1
    return Answer(
        count <= limit, str(count), str(limit), f"it would be entry {count} into {symbol}, of {limit} at most"
    )


def broken() -> Example:
    lots = {"e1": Decimal(10), "e2": Decimal(10)}
    held = Position(filled=Decimal(20), lots=lots, lots_qty=Decimal(20))
    return Example(moment(positions={"AAPL": held}, slots=1))
