"""A gate that was switched off approves nothing."""

from __future__ import annotations

from contracts.control import GateSwitched
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ()
CURE = "Switch it on again: `interlock gate on` or `POST /risk/activate`."


def gate(state: State, _: Candidate) -> Answer:
    switched = state.gate
    if switched is None or switched.active:
        return Answer(passed=True, value="active", limit="active", reason="")
    reason = f"the gate was switched off by {switched.by}: {switched.why}"
    return Answer(passed=False, value="off", limit="active", reason=reason)


def broken() -> Example:
    off = GateSwitched(control_id="g1", scope="all", active=False, by="ann", why="audit")
    return Example(moment(gate=off))
