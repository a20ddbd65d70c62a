"""A gate that was switched off approves nothing."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State


def gate(state: State, _: Candidate) -> Answer:
    switched = state.gate
    if switched is None or switched.active:
        return Answer(passed=True, value="active", limit="active", reason="")
    reason = f"the gate was switched off by {switched.by}: {switched.why}"
    return Answer(passed=False, value="off", limit="active", reason=reason)
