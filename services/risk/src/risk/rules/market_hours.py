"""Entries wait for the regular session."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ()
CURE = "Send it when the market is open."


def market_hours(state: State, _: Candidate) -> Answer:
    """Go by the newest tick; before the first one the market counts as closed."""
    reason = "the market is closed" if state.now else "the market's clock has not been heard yet"
    return Answer(state.is_open, "open" if state.is_open else "closed", "open", reason)


def broken() -> Example:
    return Example(moment(is_open=False))
