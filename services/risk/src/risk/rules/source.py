"""An account enters on the word of the sources that it subscribes to."""

from __future__ import annotations

from contracts.limits import Limits
from contracts.signals import Source
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ("sources",)
CURE = "Add the source to the account's sources; an empty list subscribes to all."


def source(state: State, candidate: Candidate) -> Answer:
    """Ask where the signal came from. A person's own trade needs no subscription, and leaving none either."""
    name, subscribed = candidate.signal.source, state.limits.sources
    limit = ", ".join(subscribed) or "any"
    passed = not subscribed or name in subscribed or name is Source.MANUAL
    return Answer(passed, name, limit, f"the account takes signals from {limit}, not from {name}")


def broken() -> Example:
    return Example(moment(limits=Limits(sources=(Source.FILE, Source.STRATEGY))))
