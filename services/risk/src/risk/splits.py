"""Splits: from which session on a holding is of other shares, and what is known of it in terms of these."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import islice
from typing import TypeVar

from msgspec.structs import replace

from contracts.accounts import HoldingSplit
from contracts.days import new_york
from contracts.market import SplitAnnounced, Tick
from contracts.values import plain, round_to_tick
from risk import exposure
from risk.results import Trip
from risk.state import Coming, Position, State

T = TypeVar("T")

SHARE, GRAIN = Decimal(1), Decimal("1e-9")
KEPT = 2_000
"""Symbols and splits at most, more than a quarter of a year brings."""
KEPT_DAYS = timedelta(days=14)
"""So long after its day the broker's count is waited for."""


def heard(state: State, fact: SplitAnnounced | HoldingSplit) -> None:
    if fact.action_id in state.divided:
        return
    if isinstance(fact, SplitAnnounced):
        _announced(state, fact)
        return
    state.divided = _newest({**state.divided, fact.action_id: True})
    left = (one for one in state.splits.get(fact.symbol, ()) if one.action_id != fact.action_id)
    _keep(state, fact.symbol, tuple(left))
    _divided(state, fact)


def _announced(state: State, fact: SplitAnnounced) -> None:
    # Of one whose day is over, shares of before it may be held or not: where counts differ, the symbol is frozen.
    if state.now is not None and fact.ex_date < _day(state.now):
        return
    rates = f"{plain(fact.new_rate)} for {plain(fact.old_rate)}"
    known = state.splits.get(fact.symbol, ())
    _keep(state, fact.symbol, (*known, Coming(fact.action_id, fact.ex_date, rates)))
    state.splits = _newest(state.splits)


def _keep(state: State, symbol: str, coming: tuple[Coming, ...]) -> None:
    if coming:
        state.splits[symbol] = coming
    else:
        state.splits.pop(symbol, None)


def _newest(kept: dict[str, T]) -> dict[str, T]:
    return dict(islice(kept.items(), max(len(kept) - KEPT, 0), None))


def ticked(state: State, tick: Tick) -> None:
    """See time pass: of what is not held when the session opens, no count will come."""
    today = _day(tick.at)
    for symbol, coming in list(state.splits.items()):
        is_held = state.position(symbol).qty != 0
        seen = tuple(_seen(one, today, is_open=tick.is_open) for one in coming)
        _keep(state, symbol, tuple(one for one in seen if _is_waited_for(one, today, is_held=is_held)))


def _seen(one: Coming, today: date, *, is_open: bool) -> Coming:
    return replace(one, opened=True) if is_open and today >= one.ex_date else one


def _is_waited_for(one: Coming, today: date, *, is_held: bool) -> bool:
    return today - one.ex_date <= KEPT_DAYS and (is_held or not one.opened)


def unsettled(state: State, symbol: str) -> Coming | None:
    """Give the split on whose eve it is, or that the broker's count of what is held has not followed yet."""
    # While the market is closed, the next close is that of the session to come.
    session = _day(state.next_close) if state.next_close else date.min
    return next((one for one in state.splits.get(symbol, ()) if one.opened or session >= one.ex_date), None)


def _divided(state: State, fact: HoldingSplit) -> None:
    _forget_prices(state, fact)
    if trip := state.results.trips.pop(fact.symbol, None):
        _trip_divided(state, trip, fact)
    if position := state.positions.get(fact.symbol):
        _position_divided(position, fact)
        position.lots = {name: qty for name, qty in position.lots.items() if qty or name in state.entries}
        exposure.count(state, fact.symbol)


def _forget_prices(state: State, fact: HoldingSplit) -> None:
    """Forget a price of before, and count what is held at what it comes to."""
    quote, position = state.quotes.get(fact.symbol), state.positions.get(fact.symbol)
    if state.is_open and quote and _day(quote.at) >= _day(fact.at):
        return
    state.quotes.pop(fact.symbol, None)
    state.prices.pop(fact.symbol, None)
    if position:
        position.mark = round_to_tick(position.mark * fact.old_rate / fact.new_rate)


def _position_divided(position: Position, fact: HoldingSplit) -> None:
    """Take the broker's count; ours are as many of it as ours become, be it but for what was paid out in cash."""
    ours, lots = _shares(position.filled, fact), _shares(position.lots_qty, fact)
    position.filled, position.external = ours, fact.qty_after - ours
    position.doubt = None
    kept, left = dict[str, Decimal](), lots
    for name, qty in position.lots.items():
        kept[name] = min(_grained(qty, fact), left)
        left -= kept[name]
    if kept and left:
        newest = next(reversed(kept))
        kept[newest] += left
    position.lots, position.lots_qty = kept, lots


def _trip_divided(state: State, trip: Trip, fact: HoldingSplit) -> None:
    # What is paid out in cash for less than a share is no result of a trade.
    if qty := _shares(trip.qty, fact):
        state.results.trips[fact.symbol] = replace(trip, qty=qty)


def _shares(qty: Decimal, fact: HoldingSplit) -> Decimal:
    """Say how many they are now: all that the broker counts, where they were all."""
    now = _grained(qty, fact)
    is_all = qty == fact.qty_before and abs(fact.qty_after - now) < SHARE
    return fact.qty_after if is_all else now


def _grained(qty: Decimal, fact: HoldingSplit) -> Decimal:
    return (qty * fact.new_rate / fact.old_rate).quantize(GRAIN, ROUND_FLOOR)


def _day(at: datetime) -> date:
    return new_york(at).date()
