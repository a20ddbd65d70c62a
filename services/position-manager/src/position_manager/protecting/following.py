"""What is known of the stop that follows: where it rests, whether a wish to raise it is under way, what came of it."""

from __future__ import annotations

from msgspec.structs import replace

from contracts.exits import MoveProtection
from contracts.lifecycle import WORKING, OrderStatus
from contracts.orders import OrderChanged, OrderFilled, Purpose
from position_manager.book.order import ZERO, Moving, Order
from position_manager.book.position import Position
from position_manager.protecting.protection import wait_after

ASK_AGAIN_TICKS = 90
"""The executor answers every wish; should one be lost, it is said again after this."""
UNSUPPORTED = "unsupported"
"""The executor's word that the broker changes no orders."""

_RESTING = WORKING - {OrderStatus.PENDING_NEW}


def asked(position: Position, move: MoveProtection) -> Position:
    """Take in what we ask for: nothing more is, until the broker's word has come."""
    order = position.orders.get(move.client_order_id)
    if order is None:
        return position
    is_there = order.stop_price is not None and order.stop_price >= move.stop_price
    moving = replace(order.moving, count=order.moving.count + 1, wait=0 if is_there else ASK_AGAIN_TICKS)
    return replace(position, orders={**position.orders, move.client_order_id: replace(order, moving=moving)})


def heard(order: Order, fact: OrderChanged | OrderFilled) -> Order:
    """Take in where the stop of a protection rests, and a no; the order's members hold the fact already."""
    if order.purpose is not Purpose.PROTECT or isinstance(fact, OrderFilled):
        return order
    if _never_came(order, fact):
        left = {name: member for name, member in order.members.items() if name != fact.client_order_id}
        return _refused(replace(order, members=left), fact)
    if fact.code and fact.status in WORKING:
        return _refused(order, fact)
    prices = (one.stop_price for one in order.members.values() if one.stop_price and one.status in _RESTING)
    stop = max(prices, default=None)
    if stop is None or stop == order.stop_price:
        return order
    # What was asked to be taken back while another was taking its place may have been refused for that.
    return replace(order, stop_price=stop, moving=Moving(count=order.moving.count), cancel_wait=0)


def _never_came(order: Order, fact: OrderChanged) -> bool:
    """Say whether it is about an order that was to take a member's place and was refused: that one works on."""
    left = {name: member for name, member in order.members.items() if name != fact.client_order_id}
    return fact.status is OrderStatus.REJECTED and not fact.filled_qty and replace(order, members=left).is_whole


def _refused(order: Order, fact: OrderChanged) -> Order:
    refusals = order.moving.refusals + 1
    is_impossible = order.moving.is_impossible or fact.code == UNSUPPORTED
    # The first few times something else was in the way for a moment, so wait_after would ask at once: that is no hurry.
    wait = wait_after(refusals + 3)
    return replace(order, moving=replace(order.moving, refusals=refusals, wait=wait, is_impossible=is_impossible))


def followed(position: Position, before: Order, order_id: str) -> Position:
    """Let the shares of a protection stand where its stop does: one that is placed anew is placed there."""
    order = position.orders[order_id]
    if None in {before.stop_price, order.stop_price} or before.stop_price == order.stop_price or order.outdated:
        return position
    stop = order.stop_price or ZERO
    parts = (replace(part, stop_price=stop) if part.order == order_id else part for part in position.parts)
    return replace(position, parts=tuple(parts))


def ticked(moving: Moving) -> Moving:
    return replace(moving, wait=moving.wait - 1) if moving.wait else moving
