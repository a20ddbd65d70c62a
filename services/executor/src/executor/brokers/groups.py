"""What a broker for tests remembers of orders that hang together, and how it shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from contracts.lifecycle import TERMINAL, OrderStatus
from executor.brokers.broker import BrokerOrder
from executor.brokers.resting import Resting, shape

Orders = Mapping[str, Resting]


def group_of(orders: Orders, order: Resting) -> list[Resting]:
    return [one for one in orders.values() if one.group == order.group]


def found(orders: Orders, broker_order_id: str, now: datetime) -> Resting | None:
    known = (one for one in orders.values() if one.broker_order_id == broker_order_id)
    return next((one for one in known if one.shown <= now), None)


def listed(orders: Orders, now: datetime) -> list[Resting]:
    """Leave out what is shown with the order that it hangs on, also, as Alpaca does, where that one is not listed."""
    return [one for one in orders.values() if one.parent not in orders and one.shown <= now]


def shown(orders: Orders, order: Resting) -> BrokerOrder:
    return shape(order, [one for one in orders.values() if one.parent == order.ticket.client_order_id])


def after_fill(
    orders: Orders, order: Resting, came: Decimal, now: datetime, *, whole: bool, late: bool
) -> list[tuple[Resting, OrderStatus]]:
    """Shrink the exits beside one that trades; say what becomes of the others: a complete entry sets them to work."""
    changes: list[tuple[Resting, OrderStatus]] = []
    for other in group_of(orders, order):
        if other.ticket.side is not order.ticket.side:
            wakes = whole and not late and other.status is OrderStatus.HELD
            changes += [(other, OrderStatus.NEW)] if wakes else []
        elif other is not order and whole:
            changes.append((other, OrderStatus.CANCELED))
        elif other is not order and other.status not in TERMINAL:
            other.qty, other.at = max(other.filled, other.qty - came), now
    return changes
