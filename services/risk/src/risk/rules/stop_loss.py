"""A position is bought above its stop."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.limits import Sizing
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import SIGNAL, Example, moment
from risk.sizing.risk_per_trade import stop
from risk.state import State

LIMITS = ("sizing",)
CURE = "Send a stop below the price, or none; without one the exit policy says where it is."


def stop_loss(state: State, candidate: Candidate) -> Answer:
    """Look at the stop that the signal names, or that its size is made of; the price itself is too high."""
    if candidate.price is None:
        return UNKNOWN
    asked = candidate.signal.stop_loss is not None or state.limits.sizing is Sizing.RISK_PER_TRADE
    if not asked:
        return Answer(passed=True, value="none", limit=plain(candidate.price), reason="")
    at, price = stop(state, candidate.signal, candidate.price), candidate.price
    reason = f"the stop is at {plain(at)}, expected one above 0 and below the price of {plain(price)}"
    return Answer(at.is_finite() and 0 < at < price, plain(at), plain(price), reason)


def broken() -> Example:
    return Example(moment(), structs.replace(SIGNAL, stop_loss=Decimal(100)))
