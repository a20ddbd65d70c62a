"""Only so many entries a day."""

from __future__ import annotations

from contracts.days import new_york
from contracts.limits import Limits
from risk import pace
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.pace import Pace
from risk.state import State

LIMITS = ("max_orders_per_day",)
CURE = "Wait for the next day, or raise the limit; 0 turns it off."


def orders_per_day(state: State, candidate: Candidate) -> Answer:
    """Count the entries approved on this day in New York, with this one, whatever became of them."""
    count, limit = pace.today(state.pace, candidate.now) + 1, state.limits.max_orders_per_day
    reason = f"it would be entry {count} of the day, {limit} at most"
    return Answer(not limit or count <= limit, str(count), str(limit or "none"), reason)


def broken() -> Example:
    return Example(moment(limits=Limits(max_orders_per_day=5), pace=Pace(day=new_york(NOON).date(), on_day=5)))
