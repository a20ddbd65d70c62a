"""Orders that hang together: an entry and its exits, a stop and its target, what took the place of one; pure."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.lifecycle import OPEN, WORKING, OrderStatus
from contracts.orders import Purpose
from contracts.values import OrderType
from executor.order import Order

STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def root(orders: Mapping[str, Order], order: Order) -> Order:
    """Find the order that leads the group of this one."""
    return orders.get(order.parent, order)


def members(orders: Mapping[str, Order], group: str) -> list[Order]:
    """List what belongs to a protection, in the order in which it was heard of."""
    return [order for order in orders.values() if group in {order.client_order_id, order.parent}]


def stop_of(orders: Mapping[str, Order], group: str) -> Order | None:
    """Find the stop of a protection: of one that is about to give its place to another, that other one."""
    return next((order for order in reversed(members(orders, group)) if _is_stop(order)), None)


def standing_for(orders: Mapping[str, Order], client_order_id: str) -> set[str]:
    """Name the open order of this id or, where a person replaced it, what hangs on it still."""
    order = orders.get(client_order_id)
    if order is not None and order.status in OPEN:
        return {client_order_id}
    return {o.client_order_id for o in orders.values() if o.parent == client_order_id and o.status in OPEN}


def sets_to_work(order: Order) -> bool:
    """Say whether it is an entry that is complete: its exits are there for its shares, and end when that is asked."""
    return order.purpose is Purpose.ENTRY and order.status is OrderStatus.FILLED


def _is_stop(order: Order) -> bool:
    return order.purpose is Purpose.PROTECT and order.type in STOPS and order.status in WORKING
