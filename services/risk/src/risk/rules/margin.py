"""A small account borrows nothing, and no account more than its margin carries."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.limits import Limits
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import ACCOUNT, Example, moment
from risk.state import State

LIMITS = ("min_margin_equity",)
CURE = "Enter less, sell something, or add money. Setting `min_margin_equity` to 0 leaves small accounts to the broker."

# Alpaca's table of what it costs to keep shares: all of their price below 2.50 dollars, else thirty percent.
_CHEAP, _SHARE = Decimal("2.50"), Decimal("0.3")


def margin(state: State, candidate: Candidate) -> Answer:
    """Below `min_margin_equity` the order must be paid in cash, less what is promised or newly spent.

    Where the broker tells its maintenance margin, the equity must still cover it after this order and what is promised.
    """
    snapshot, price = state.snapshot, candidate.price
    if snapshot is None or price is None:
        return UNKNOWN
    least, free = state.limits.min_margin_equity, snapshot.cash - state.reserved
    if snapshot.equity < least and candidate.cost > free:
        reason = (
            f"with less than {plain(least)} dollars of equity nothing is borrowed:"
            f" the order costs {plain(candidate.cost)} dollars, {plain(free)} are there in cash"
        )
        return Answer(passed=False, value=plain(candidate.cost), limit=plain(free), reason=reason)
    return _covered(snapshot, candidate.cost * (Decimal(1) if price < _CHEAP else _SHARE) + state.reserved * _SHARE)


def _covered(snapshot: AccountSnapshot, more: Decimal) -> Answer:
    if snapshot.maintenance_margin is None:
        return Answer(passed=True, value="unknown", limit="0", reason="")
    left = plain(snapshot.equity - snapshot.maintenance_margin - more)
    reason = f"{left} dollars of equity would be left above the maintenance margin"
    return Answer(Decimal(left) >= 0, left, "0", reason)


def broken() -> Example:
    small = structs.replace(ACCOUNT, equity=Decimal(1_999), cash=Decimal(99))
    return Example(moment(snapshot=small, limits=Limits(max_position_fraction=Decimal(1))))
