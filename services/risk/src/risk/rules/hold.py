"""HOLD asks for nothing."""

from __future__ import annotations

from contracts.signals import Action
from risk.candidate import Answer, Candidate
from risk.state import State


def hold(_: State, candidate: Candidate) -> Answer:
    action = candidate.signal.action
    return Answer(action is not Action.HOLD, action, "BUY or SELL", "the signal says to hold")
