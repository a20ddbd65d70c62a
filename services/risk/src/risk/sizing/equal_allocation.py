"""Buying power in equal parts, one for each signal that comes at once or in a day.

What is parted is what was free when the first of them was judged, so that the last gets as much as the first. The part
of one that is denied is not handed on.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from contracts import layers
from contracts.accounts import AccountSnapshot
from contracts.days import new_york
from contracts.limits import Limits, Sizing
from contracts.signals import Action, Signal
from risk.sizing.amounts import DOWN, Dollars, Wish
from risk.state import ZERO, State

MOST_BATCHES = 1_000
"""More batches than anybody sends in a day; the oldest is forgotten first."""


def equal_allocation(wish: Wish) -> Dollars:
    state, signal = wish.state, wish.signal
    parts = signal.batch_size if _is_batched(signal) else state.limits.signals_per_day
    whole = _kept(state, signal, _day(wish.now))
    if whole is None:
        whole = _free(state, state.limits, wish.account)
    return Dollars(DOWN.divide(whole, Decimal(parts)))


def begin_sharing(state: State, signal: Signal, at: datetime) -> None:
    """Keep what was free at the first signal of a batch or a day, before its own order is set aside."""
    limits = layers.narrowed(state.layers, state.limits, state.account, signal.strategy, signal.symbol)
    sized = limits.sizing is Sizing.EQUAL_ALLOCATION and signal.action is Action.BUY and signal.qty is None
    if not sized or state.snapshot is None or _kept(state, signal, _day(at)) is not None:
        return
    if state.allocated_on != _day(at):
        state.allocated_on, state.allocated = _day(at), {}
    if len(state.allocated) >= MOST_BATCHES:
        del state.allocated[next(name for name in state.allocated if name)]
    state.allocated[_name(signal)] = _free(state, limits, state.snapshot)


def _kept(state: State, signal: Signal, day: date) -> Decimal | None:
    return state.allocated.get(_name(signal)) if state.allocated_on == day else None


def _free(state: State, limits: Limits, account: AccountSnapshot) -> Decimal:
    """Reckon what may be spent; where cash has to stay, none is borrowed."""
    free = account.buying_power - state.reserved - limits.min_cash
    if limits.min_cash:
        free = min(free, account.cash - state.reserved - limits.min_cash)
    return max(free, ZERO)


def _is_batched(signal: Signal) -> bool:
    return bool(signal.batch and signal.batch_size)


def _name(signal: Signal) -> str:
    # Two senders may choose the same name; that of the day is empty.
    return f"{signal.source}/{signal.batch}" if _is_batched(signal) else ""


def _day(at: datetime) -> date:
    return new_york(at).date()
