"""An order is for at least one share, or where parts of a share may be bought, for a dollar."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import Example, moment
from risk.sizing import takes_fractions
from risk.sizing.rounding import rounded
from risk.state import State

LIMITS = (
    "sizing", "default_quantity", "percent_of_equity", "entry_dollars", "risk_per_trade", "signals_per_day",
    "multiplier", "fractional",
)  # fmt: skip
CURE = "Enter more, or allow fractions of shares."

_LEAST_DOLLARS = Decimal(1)


def size(state: State, candidate: Candidate) -> Answer:
    """Round down: dollars to the cent, shares to nine places where the asset has fractions, else to whole ones.

    The least is a broker's; whole shares may be worth less than a dollar.
    """
    if candidate.wanted is None:
        return UNKNOWN
    value = _said(candidate)
    if not takes_fractions(state, candidate.signal.symbol):
        return Answer(candidate.qty > 0, value, "1 share", f"the size is {value}, the least is 1 share")
    is_whole = candidate.notional is None and candidate.qty > 0 and candidate.qty == int(candidate.qty)
    limit = f"{_LEAST_DOLLARS} dollar"
    return Answer(
        is_whole or candidate.cost >= _LEAST_DOLLARS, value, limit, f"the size is {value}, the least is {limit}"
    )


def _said(candidate: Candidate) -> str:
    if candidate.notional is not None:
        return f"{plain(candidate.notional)} dollars"
    # Nine places at most: a share of the equity may have no end.
    wanted = rounded(candidate.wanted or candidate.qty, fractional=True)
    shares = "1 share" if wanted == 1 else f"{plain(wanted)} shares"
    return shares if wanted == candidate.qty else f"{shares}, rounded down to {plain(candidate.qty)}"


def broken() -> Example:
    return Example(moment(limits=Limits(default_quantity=Decimal("0.9"))))
