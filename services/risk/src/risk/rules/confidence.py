"""A signal must be sure enough."""

from __future__ import annotations

from msgspec import structs

from contracts.signals import Source
from contracts.values import Mode
from risk.candidate import Answer, Candidate
from risk.example import SIGNAL, Example, moment
from risk.state import State

LIMITS = ("min_confidence",)
CURE = "Wait for a surer signal, or lower the minimum."


def confidence(state: State, candidate: Candidate) -> Answer:
    """Ask for `min_confidence`, except of a person's own trade in manual mode."""
    value, limit = candidate.signal.confidence, state.limits.min_confidence
    by_hand = candidate.signal.source is Source.MANUAL and state.mode is Mode.MANUAL
    reason = f"confidence {value} is below the minimum of {limit}"
    return Answer(by_hand or value >= limit, str(value), str(limit), reason)


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, confidence=0.69))
