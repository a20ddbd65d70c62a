"""HOLD asks for nothing."""

from __future__ import annotations

from msgspec import structs

from contracts.signals import Action
from risk.candidate import Answer, Candidate
from risk.example import SIGNAL, Example, moment
from risk.state import State

LIMITS = ()
CURE = "A signal that says HOLD wishes for nothing; send BUY or SELL to trade."


def hold(_: State, candidate: Candidate) -> Answer:
    action = candidate.signal.action
    return Answer(action is not Action.HOLD, action, "BUY or SELL", "the signal says to hold")


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, action=Action.HOLD))
