"""While trading is halted nothing new is entered."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State


def halt(state: State, _: Candidate) -> Answer:
    if state.halt is None:
        return Answer(passed=True, value="active", limit="active", reason="")
    reason = f"trading was halted by {state.halt.by}: {state.halt.why}"
    return Answer(passed=False, value="halted", limit="active", reason=reason)
