"""No single order may be larger than this many dollars."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ("max_order_notional",)
CURE = "Enter less, or raise the limit."


def order_notional(state: State, candidate: Candidate) -> Answer:
    """Count what the order spends at the price now."""
    if candidate.price is None:
        return UNKNOWN
    limit = state.limits.max_order_notional
    if not limit:
        return Answer(passed=True, value=plain(candidate.cost), limit="none", reason="")
    reason = f"the order would be {plain(candidate.cost)} dollars, more than {plain(limit)}"
    return Answer(candidate.cost <= limit, plain(candidate.cost), plain(limit), reason)


def broken() -> Example:
    return Example(moment(limits=Limits(max_order_notional=Decimal(99))))
