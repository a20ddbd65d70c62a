"""All positions together may take only so many dollars, and so much of the equity."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import Example, moment
from risk.exposure import grown, no_price
from risk.state import State

LIMITS = ("max_gross_notional", "max_gross_fraction")
CURE = "Enter less, sell something, cancel orders that wait, or raise the limit that the denial names."


def gross_exposure(state: State, candidate: Candidate) -> Answer:
    """Count shares held, long or short, and what working orders may still buy, with this one, at the prices now.

    The tighter of the two limits is named.
    """
    if candidate.price is None or state.snapshot is None:
        return UNKNOWN
    tighter = _tighter(state.limits, state.snapshot.equity)
    value = grown(state.gross, state.position(candidate.signal.symbol), candidate.price, candidate.cost)
    if tighter is None:
        return Answer(passed=True, value=plain(value), limit="none", reason="")
    limit, name = tighter
    said = f"{plain(limit)} ({name})"
    if state.unpriced:
        return no_price(state.unpriced, said)
    reason = f"all positions would be {plain(value)} dollars, more than {said}"
    return Answer(value <= limit, plain(value), said, reason)


def _tighter(limits: Limits, equity: Decimal) -> tuple[Decimal, str] | None:
    found = [
        (limits.max_gross_notional, "max_gross_notional"),
        (limits.max_gross_fraction * equity, "max_gross_fraction"),
    ]
    return min((one for one in found if getattr(limits, one[1])), default=None)


def broken() -> Example:
    return Example(moment(limits=Limits(max_gross_notional=Decimal(5_000)), gross=Decimal(4_950)))
