"""A position is bought below its target."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import SIGNAL, Example, moment
from risk.state import State

LIMITS = ()
CURE = "Send a target above the price, or none; without one the exit policy says where it is."


def take_profit(_: State, candidate: Candidate) -> Answer:
    """Look at the target that the signal names: at the price itself a position would be sold at once."""
    if candidate.price is None:
        return UNKNOWN
    price, target = plain(candidate.price), candidate.signal.take_profit
    if target is None:
        return Answer(passed=True, value="none", limit=price, reason="")
    reason = f"the target is at {plain(target)}, expected one above the price of {price}"
    return Answer(target.is_finite() and target > candidate.price, plain(target), price, reason)


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, take_profit=Decimal(100)))
