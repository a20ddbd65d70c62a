"""From promise to position: what orders, fills and the broker's snapshots change in the state."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import Side, round_to_tick
from contracts.verdicts import OrderApproved
from risk import exposure
from risk.state import ZERO, Entry, Position, State


def reserve(state: State, approval: OrderApproved) -> None:
    entry = Entry(
        symbol=approval.symbol, qty=approval.qty, price=approval.reference_price, notional=approval.notional,
        strategy=approval.strategy,
    )  # fmt: skip
    position = _marked(state, entry.symbol, entry.price)
    position.lots[approval.approval_id] = ZERO
    _change(state, position, approval.approval_id, entry)
    exposure.count(state, entry.symbol)


def order_changed(state: State, order: OrderChanged) -> None:
    """Release what a finished order did not buy. What it did buy stays reserved until its fills have come.

    An order to buy that somebody else placed is reserved with the first word of it, and released in the same way.
    """
    if order.status is OrderStatus.UNKNOWN:
        state.unknown[order.client_order_id] = order.symbol
    else:
        state.unknown.pop(order.client_order_id, None)
    entry = state.entries.get(order.client_order_id)
    if entry is None and _is_new_entry_of_others(order):
        entry = _of_others(state, order)
    if entry is not None:
        _change(state, state.positions[entry.symbol], order.client_order_id, _as_told(entry, order))
        exposure.count(state, entry.symbol)


def _is_new_entry_of_others(order: OrderChanged) -> bool:
    """Say whether it may add shares that nobody has counted: legs of a group only close what its head opens.

    Later words are about an order that is counted, or that has ended: a fill which crossed the end would wake it.
    """
    first = order.n == 1 and order.status not in TERMINAL
    return first and order.purpose is Purpose.EXTERNAL and order.side is Side.BUY and not order.parent


def _of_others(state: State, order: OrderChanged) -> Entry:
    told = order.limit_price or order.stop_price or order.filled_avg_price or ZERO
    position = _marked(state, order.symbol, told)
    # A stop above the market buys at the stop or dearer.
    price = order.limit_price or max(order.stop_price or ZERO, position.mark)
    return Entry(symbol=order.symbol, qty=order.qty, price=price, notional=order.notional, external=True)


def _as_told(entry: Entry, order: OrderChanged) -> Entry:
    if order.status in TERMINAL:
        price = entry.price if entry.notional is None else order.filled_avg_price or entry.price
        return structs.replace(entry, qty=order.filled_qty, price=price, notional=None)
    if entry.external:
        return structs.replace(entry, qty=order.qty, price=order.limit_price or entry.price)
    if entry.notional is not None and order.notional is None:
        # The broker takes no dollars for this symbol: it was sent whole shares.
        return structs.replace(entry, qty=order.qty, notional=None)
    return entry


def order_filled(state: State, fill: OrderFilled) -> None:
    """Move the shares from the reservation to the position. A fill that crossed a cancel is booked all the same."""
    position = _marked(state, fill.symbol, fill.price)
    position.doubt = None
    if fill.side is Side.BUY:
        _bought(state, position, fill)
    else:
        _sold(state, position, fill.qty)
    if entry := state.entries.get(fill.client_order_id):
        filled, spent = max(entry.filled, fill.cum_qty), entry.spent + fill.qty * fill.price
        _change(state, position, fill.client_order_id, structs.replace(entry, filled=filled, spent=spent))
    exposure.count(state, fill.symbol)


def quoted(state: State, symbol: str, price: Decimal) -> None:
    """Count a position at its new price."""
    if position := state.positions.get(symbol):
        _mark(state, position, symbol, price)
        exposure.count(state, symbol)


def _marked(state: State, symbol: str, otherwise: Decimal) -> Position:
    """Give the position, priced by the newest quote, else as it was, else as the order that brings it."""
    position = state.positions.setdefault(symbol, Position())
    _mark(state, position, symbol, state.prices.get(symbol) or position.mark or round_to_tick(otherwise))
    return position


def _mark(state: State, position: Position, symbol: str, price: Decimal) -> None:
    """Set the price, also of what was reserved while nobody had named one."""
    if not position.mark and price:
        for entry_id, entry in list(state.entries.items()):
            if entry.symbol == symbol and not entry.price:
                _change(state, position, entry_id, structs.replace(entry, price=price))
    position.mark = price


def settle(state: State, snapshot: AccountSnapshot) -> None:
    """Take the broker's word for the account, and for positions where ours is not just behind or ahead of it.

    A snapshot and a fill can cross on their way here. So shares of a symbol that we know nothing of count at once;
    where we do know something, a difference counts when two snapshots show it with no fill between them.
    """
    state.snapshot = snapshot
    theirs = {holding.symbol: holding for holding in snapshot.positions}
    for symbol in sorted(theirs.keys() - state.positions.keys()):
        state.positions[symbol] = Position(external=theirs[symbol].qty)
    for symbol, position in list(state.positions.items()):
        held = theirs.get(symbol)
        _settle(state, position, held.qty if held else ZERO)
        if held:
            quoted(state, symbol, state.prices.get(symbol) or abs(round_to_tick(held.current_price)) or position.mark)
        else:
            exposure.count(state, symbol)
        agreed = position.doubt == position.external
        if agreed and not (held or position.is_open or position.lots):
            del state.positions[symbol]


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
    """Put an entry in the place of what was reserved for it until now, which for a new one is nothing."""
    known = entry_id in state.entries
    before = state.entries[entry_id] if known else structs.replace(entry, qty=ZERO, notional=None)
    position.pending += entry.remaining - before.remaining
    position.amount += entry.amount - before.amount
    state.reserved += entry.cost - before.cost
    if entry.external:
        position.orders += (not entry.is_over) - known
    state.entries[entry_id] = entry
    if entry.is_over:
        del state.entries[entry_id]
        _drop_empty_lot(state, position, entry_id)


def _drop_empty_lot(state: State, position: Position, entry_id: str) -> None:
    if entry_id not in state.entries and position.lots.get(entry_id) == ZERO:
        del position.lots[entry_id]
