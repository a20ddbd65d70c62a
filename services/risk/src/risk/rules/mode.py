"""In manual mode only a person's own trades go on."""

from __future__ import annotations

from contracts.signals import Source
from contracts.values import Mode
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ()
CURE = "Set the mode to auto (`interlock mode auto`), or trade by hand."


def mode(state: State, candidate: Candidate) -> Answer:
    source = candidate.signal.source
    passed = state.mode is Mode.AUTO or source is Source.MANUAL
    return Answer(passed, state.mode, Mode.AUTO, f"mode is manual and the signal came from {source}")


def broken() -> Example:
    return Example(moment(mode=Mode.MANUAL))
