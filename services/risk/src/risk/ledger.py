"""From promise to position: what orders, fills and the broker's snapshots change in the state."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import Side
from contracts.verdicts import OrderApproved
from risk.state import ZERO, Entry, Position, State


def reserve(state: State, approval: OrderApproved) -> None:
    entry = Entry(
        symbol=approval.symbol, qty=approval.qty, price=approval.reference_price, notional=approval.notional,
        strategy=approval.strategy,
    )  # fmt: skip
    position = state.positions.setdefault(entry.symbol, Position())
    was_open = position.is_open
    position.lots[approval.approval_id] = ZERO
    position.pending += entry.remaining
    position.amount += entry.amount
    state.reserved += entry.cost
    state.entries[approval.approval_id] = entry
    state.slots += position.is_open - was_open


def order_changed(state: State, order: OrderChanged) -> None:
    """Release what a finished order did not buy. What it did buy stays reserved until its fills have come."""
    if order.status is OrderStatus.UNKNOWN:
        state.unknown[order.client_order_id] = order.symbol
    else:
        state.unknown.pop(order.client_order_id, None)
    entry = state.entries.get(order.client_order_id)
    if entry:
        position = state.positions[entry.symbol]
        was_open = position.is_open
        _change(state, position, order.client_order_id, _as_told(entry, order))
        state.slots += position.is_open - was_open


def _as_told(entry: Entry, order: OrderChanged) -> Entry:
    if order.status in TERMINAL:
        price = entry.price if entry.notional is None else order.filled_avg_price or entry.price
        return structs.replace(entry, qty=order.filled_qty, price=price, notional=None)
    if entry.notional is not None and order.notional is None:
        # The broker takes no dollars for this symbol: it was sent whole shares.
        return structs.replace(entry, qty=order.qty, notional=None)
    return entry


def order_filled(state: State, fill: OrderFilled) -> None:
    """Move the shares from the reservation to the position. A fill that crossed a cancel is booked all the same."""
    position = state.positions.setdefault(fill.symbol, Position())
    was_open = position.is_open
    position.doubt = None
    if fill.side is Side.BUY:
        _bought(state, position, fill)
    else:
        _sold(state, position, fill.qty)
    if entry := state.entries.get(fill.client_order_id):
        filled, spent = max(entry.filled, fill.cum_qty), entry.spent + fill.qty * fill.price
        _change(state, position, fill.client_order_id, structs.replace(entry, filled=filled, spent=spent))
    state.slots += position.is_open - was_open


def settle(state: State, snapshot: AccountSnapshot) -> None:
    """Take the broker's word for the account, and for positions where ours is not just behind or ahead of it.

    A snapshot and a fill can cross on their way here. So shares of a symbol that we know nothing of count at once;
    where we do know something, a difference counts when two snapshots show it with no fill between them.
    """
    state.snapshot = snapshot
    theirs = {holding.symbol: holding.qty for holding in snapshot.positions}
    for symbol in sorted(theirs.keys() - state.positions.keys()):
        state.positions[symbol] = Position(external=theirs[symbol])
    for symbol, position in list(state.positions.items()):
        _settle(state, position, theirs.get(symbol, ZERO))
        agreed = position.doubt == position.external
        if agreed and symbol not in theirs and not (position.qty or position.lots):
            del state.positions[symbol]
    state.slots = sum(position.is_open for position in state.positions.values())


def _settle(state: State, position: Position, theirs: Decimal) -> None:
    difference = theirs - position.filled
    if difference == position.doubt:
        position.external = difference
    position.doubt = difference
    if difference == position.external:
        # The broker's shares hold our fills, so its money does too.
        state.reserved -= position.spent
        position.spent = ZERO
    _fit_lots(state, position)


def _bought(state: State, position: Position, fill: OrderFilled) -> None:
    position.filled += fill.qty
    position.spent += fill.qty * fill.price
    state.reserved += fill.qty * fill.price
    if fill.purpose is Purpose.ENTRY:
        position.lots[fill.client_order_id] = position.lots.get(fill.client_order_id, ZERO) + fill.qty
        position.lots_qty += fill.qty
    _fit_lots(state, position)


def _sold(state: State, position: Position, qty: Decimal) -> None:
    """Take the sale away, but not what a snapshot has taken already and not more than is there.

    A sale of shares that we have not heard of leaves no short: they are pending and still to come. Where this counts
    too many, the next snapshots say so; too few would open the limits.
    """
    before = position.qty
    shown = min(qty, max(-position.external, ZERO))
    after = max(before - (qty - shown), min(before, ZERO))
    position.filled -= qty
    position.external = after - position.filled
    _fit_lots(state, position)


def _fit_lots(state: State, position: Position) -> None:
    """Take from the oldest lots what is more than the position holds."""
    surplus = position.lots_qty - max(position.qty, ZERO)
    if surplus <= 0:
        return
    position.lots_qty -= surplus
    for entry_id, qty in list(position.lots.items()):
        gone = min(qty, surplus)
        surplus -= gone
        position.lots[entry_id] = qty - gone
        _drop_empty_lot(state, position, entry_id)


def _change(state: State, position: Position, entry_id: str, entry: Entry) -> None:
    before = state.entries[entry_id]
    position.pending -= before.remaining - entry.remaining
    position.amount -= before.amount - entry.amount
    state.reserved -= before.cost - entry.cost
    if entry.remaining or entry.amount:
        state.entries[entry_id] = entry
    else:
        del state.entries[entry_id]
        _drop_empty_lot(state, position, entry_id)


def _drop_empty_lot(state: State, position: Position, entry_id: str) -> None:
    if entry_id not in state.entries and position.lots.get(entry_id) == ZERO:
        del position.lots[entry_id]
