"""Only so many entries a second: what goes wrong fast is stopped fast."""

from __future__ import annotations

from contracts.limits import Limits
from risk import pace
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.pace import Pace
from risk.state import State

LIMITS = ("max_orders_per_second",)
CURE = "Send the signal again a second later, or raise the limit; 0 turns it off."


def order_rate(state: State, candidate: Candidate) -> Answer:
    """Count the entries approved within the last second of market time, with this one. Leaving is not counted."""
    count, limit = pace.last_second(state.pace, candidate.now) + 1, state.limits.max_orders_per_second
    reason = f"it would be entry {count} within a second, {limit} at most"
    return Answer(not limit or count <= limit, str(count), str(limit or "none"), reason)


def broken() -> Example:
    return Example(moment(limits=Limits(max_orders_per_second=2), pace=Pace(newest=[(NOON, 2)], count=2)))
