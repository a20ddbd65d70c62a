"""Only what is held can be sold."""

from __future__ import annotations

from msgspec import structs

from contracts.signals import Action
from contracts.values import plain
from risk.candidate import Answer, Candidate
from risk.example import SIGNAL, Example, moment
from risk.state import State

LIMITS = ()
CURE = "There is nothing to do: no share of it is held. A SELL leaves a position, it never opens a short one."


def nothing_to_sell(state: State, candidate: Candidate) -> Answer:
    symbol = candidate.signal.symbol
    held, asked = state.position(symbol).qty, candidate.signal.qty
    value = plain(held) if asked is None else f"{asked} of {plain(held)}"
    reason = f"there is nothing to sell: {value} shares of {symbol}"
    return Answer(candidate.qty > 0, value, "more than 0", reason, pending=state.snapshot is None)


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, action=Action.SELL))
