"""No symbol may take more than this many dollars."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import Example, moment
from risk.state import Position, State

LIMITS = ("max_symbol_notional",)
CURE = "Enter less, leave a part of the position, or raise the limit."


def symbol_notional(state: State, candidate: Candidate) -> Answer:
    """Count what is held, what working orders may still buy, and this order, all at the price now."""
    if candidate.price is None:
        return UNKNOWN
    symbol, limit = candidate.signal.symbol, state.limits.max_symbol_notional
    value = state.position(symbol).worth(candidate.price) + candidate.cost
    if not limit:
        return Answer(passed=True, value=plain(value), limit="none", reason="")
    reason = f"{symbol} would be {plain(value)} dollars, more than {plain(limit)}"
    return Answer(value <= limit, plain(value), plain(limit), reason)


def broken() -> Example:
    limits = Limits(max_symbol_notional=Decimal(1_000))
    return Example(moment(limits=limits, positions={"AAPL": Position(filled=Decimal(10))}))
