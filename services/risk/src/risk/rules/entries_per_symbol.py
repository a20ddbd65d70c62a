"""Only so many entries into one symbol."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State


def entries_per_symbol(state: State, candidate: Candidate) -> Answer:
    """Count entries that are held or pending, with this one."""
    symbol, limit = candidate.signal.symbol, state.limits.max_entries_per_symbol
    count = state.position(symbol).entries + 1
    return Answer(
        count <= limit, str(count), str(limit), f"it would be entry {count} into {symbol}, of {limit} at most"
    )
