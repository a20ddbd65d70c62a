"""An old signal speaks of another market."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from risk.candidate import Answer, Candidate
from risk.example import NOON, SIGNAL, Example, moment
from risk.state import State

LIMITS = ("signal_max_age_seconds",)
CURE = "Send signals when they arise, with the time at which they arose; compare the clocks."


def stale(state: State, candidate: Candidate) -> Answer:
    """Compare the signal's age when it came, in seconds of market time; a maximum of 0 turns the rule off.

    Waiting for a price does not make a signal old: that wait has an end of its own.
    """
    age, limit = (candidate.came - candidate.signal.at).total_seconds(), state.limits.signal_max_age_seconds
    reason = f"the signal was {age:g} s old, more than {limit:g} s"
    return Answer(limit == 0 or age <= limit, f"{age:g}", f"{limit:g}", reason)


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, at=NOON - timedelta(seconds=61)))
