"""An order is for at least one share, or any part of one where fractions are allowed."""

from __future__ import annotations

from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.sizing import rounded
from risk.state import State


def size(state: State, candidate: Candidate) -> Answer:
    if candidate.wanted is None:
        return UNKNOWN
    limit = "more than 0" if state.limits.fractional else "1"
    # Nine places at most: a share of the equity may have no end.
    value = plain(rounded(candidate.wanted, fractional=True))
    return Answer(candidate.qty > 0, value, limit, f"{value} shares is too small an order, the least is {limit}")
