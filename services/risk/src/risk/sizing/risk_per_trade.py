"""As many shares as lose a set part of the equity when the stop is hit."""

from __future__ import annotations

from decimal import Decimal

from contracts.levels import stop_price
from contracts.signals import Signal
from risk.sizing.amounts import DOWN, Shares, Wish
from risk.state import ZERO, State


def risk_per_trade(wish: Wish) -> Shares:
    level = stop(wish.state, wish.signal, wish.price)
    if not level.is_finite() or level >= wish.price:
        return Shares(ZERO)
    lost = DOWN.multiply(wish.state.limits.risk_per_trade, wish.account.equity)
    return Shares(DOWN.divide(lost, wish.price - level))


def stop(state: State, signal: Signal, price: Decimal) -> Decimal:
    """Give the price at which a position is left: the signal's, else where the limits put it."""
    return stop_price(price, state.limits) if signal.stop_loss is None else signal.stop_loss
