"""So much cash stays in the account."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.limits import Limits
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import ACCOUNT, Example, moment
from risk.state import State

LIMITS = ("min_cash",)
CURE = "Sell something, or lower the limit."


def min_cash(state: State, candidate: Candidate) -> Answer:
    """Count what is promised to entries, or newly spent, as gone. Without a least amount cash may be borrowed."""
    if candidate.price is None or state.snapshot is None:
        return UNKNOWN
    left, limit = state.snapshot.cash - state.reserved - candidate.cost, state.limits.min_cash
    reason = f"{plain(left)} dollars of cash would be left, less than {plain(limit)}"
    return Answer(not limit or left >= limit, plain(left), plain(limit), reason)


def broken() -> Example:
    poor = structs.replace(ACCOUNT, cash=Decimal(600))
    return Example(moment(snapshot=poor, limits=Limits(min_cash=Decimal(501))))
