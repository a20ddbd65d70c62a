"""How many shares: what the signal says, a share of the equity, or the default quantity."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from contracts.signals import Signal
from risk.state import ZERO, State

MOST = Decimal(10**9)
"""Nobody means more shares than this; it keeps absurd numbers from leaving the range of exact arithmetic."""

# As finely as Alpaca takes fractional shares.
_FRACTION = Decimal("1e-9")


def wanted(state: State, signal: Signal, price: Decimal | None) -> Decimal | None:
    """Say how many shares an entry is for, not yet rounded; None while price or equity is needed and not known."""
    if signal.qty is not None:
        return _sane(signal.qty)
    share = state.limits.percent_of_equity
    if not share > 0:
        return _sane(state.limits.default_quantity)
    if price is None or state.snapshot is None:
        return None
    return _sane(share * state.snapshot.equity / price)


def rounded(qty: Decimal, *, fractional: bool) -> Decimal:
    """Round down, so that a limit is never passed by rounding: to whole shares, or to 1e-9 where `fractional`."""
    return qty.quantize(_FRACTION if fractional else Decimal(1), rounding=ROUND_DOWN)


def sold(signal: Signal, held: Decimal) -> Decimal:
    """Say how many of the held shares a SELL is for: never rounded, never more than are there."""
    return held if signal.qty is None else min(_sane(signal.qty), held)


def _sane(qty: Decimal) -> Decimal:
    return min(max(qty, ZERO), MOST) if qty.is_finite() else ZERO
