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
    """Count what is held. While an entry may still fill, or the account is not known, the signal waits a while."""
    symbol, asked = candidate.signal.symbol, candidate.signal.qty
    position = state.position(symbol)
    held, on_its_way = position.qty, state.snapshot is None or bool(position.pending or position.amount)
    value = plain(held) if asked is None else f"{asked} of {plain(held)}"
    reason = f"there is nothing to sell: {value} shares of {symbol}"
    return Answer(candidate.qty > 0, value, "more than 0", reason, pending=on_its_way)


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, action=Action.SELL))
