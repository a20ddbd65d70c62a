"""The gate as the chassis runs it, where only its locks are looked at."""

from __future__ import annotations

import msgspec

from contracts.locks import Locked
from contracts.log import Message
from risk.core import decide, evolve
from risk.state import State


def locks_of(state: State, *events: Message) -> list[Locked]:
    """Let the state see events, and give the locks that they bring about."""
    found: list[Locked] = []
    for event in events:
        before = msgspec.json.encode(state)
        outputs = decide(state, event)
        assert msgspec.json.encode(state) == before, "deciding changes nothing"
        evolve(state, event)
        for output in outputs:
            evolve(state, output)
        found += [output for output in outputs if isinstance(output, Locked)]
    return found
