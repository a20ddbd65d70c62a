"""How much an entry is for: a method makes a size of what is known, and it is rounded down, never up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import structs

from contracts.limits import Sizing
from contracts.signals import Signal
from risk import sessions
from risk.sizing.amounts import DOWN, Amount, Method, Shares, Wish, sane
from risk.sizing.dollars import dollars
from risk.sizing.equal_allocation import equal_allocation
from risk.sizing.percent_of_equity import percent_of_equity
from risk.sizing.quantity import quantity
from risk.sizing.risk_per_trade import risk_per_trade
from risk.sizing.rounding import Size, fitting
from risk.state import State

METHODS: dict[Sizing, Method] = {
    Sizing.QUANTITY: quantity,
    Sizing.PERCENT_OF_EQUITY: percent_of_equity,
    Sizing.DOLLARS: dollars,
    Sizing.EQUAL_ALLOCATION: equal_allocation,
    Sizing.RISK_PER_TRADE: risk_per_trade,
}


def size(state: State, signal: Signal, price: Decimal | None, now: datetime) -> Size:
    """Size an entry. A quantity that the signal names is taken as it is; nothing scales it."""
    if signal.qty is not None:
        return fitting(Shares(signal.qty), price, fractions=takes_fractions(state, signal.symbol))
    if price is None or state.snapshot is None:
        return Size()
    wish = Wish(state=state, signal=signal, price=price, account=state.snapshot, now=now)
    return fitting(_scaled(wish), price, fractions=takes_fractions(state, signal.symbol))


def sold(signal: Signal, held: Decimal) -> Decimal:
    """Say how many of the held shares a SELL is for: never rounded, never more than are there."""
    return held if signal.qty is None else min(sane(signal.qty), held)


def takes_fractions(state: State, symbol: str) -> bool:
    """Say whether parts of a share may be bought; of a symbol that nothing is known of, only whole shares are."""
    asset = state.assets.get(symbol)
    return state.limits.fractional and asset is not None and asset.fractionable


def _scaled(wish: Wish) -> Amount:
    limits, amount = wish.state.limits, METHODS[wish.state.limits.sizing](wish)
    scale = limits.multiplier * sessions.size(wish.state, wish.signal, wish.now)
    return structs.replace(amount, number=DOWN.multiply(amount.number, scale))


__all__ = ["METHODS", "Size", "size", "sold", "takes_fractions"]
