"""Stops that are to be raised, by the protections that they belong to; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from contracts.exits import CancelProtection, MoveProtection
from contracts.lifecycle import OPEN, WORKING, OrderStatus
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType
from executor.order import Order

STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def members(orders: Iterable[Order], group: str) -> list[Order]:
    """List what belongs to a protection, in the order in which it was heard of."""
    return [order for order in orders if group in {order.client_order_id, order.parent}]


def stop_of(orders: Iterable[Order], group: str) -> Order | None:
    """Find the stop of a protection: of one that is about to give its place to another, that other one."""
    return next((order for order in reversed(members(orders, group)) if _is_stop(order)), None)


def moved(
    moves: dict[str, Decimal], orders: Mapping[str, Order], fact: MoveProtection | CancelProtection | OrderChanged
) -> dict[str, Decimal]:
    """Take in a wish, or what ends one; the orders hold the fact already."""
    group = (fact.parent if isinstance(fact, OrderChanged) else "") or fact.client_order_id
    if isinstance(fact, MoveProtection):
        return {**moves, group: fact.stop_price} if _is_possible(orders, fact) else moves
    if group not in moves or (isinstance(fact, OrderChanged) and not _is_settled(orders, moves[group], fact)):
        return moves
    return {name: price for name, price in moves.items() if name != group}


def _is_possible(orders: Mapping[str, Order], move: MoveProtection) -> bool:
    group = members(orders.values(), move.client_order_id)
    stop = stop_of(group, move.client_order_id)
    is_there = stop is not None and _reaches(stop, move.stop_price)
    return not is_there and any(order.status in OPEN for order in group)


def _is_settled(orders: Mapping[str, Order], price: Decimal, change: OrderChanged) -> bool:
    """Say whether a change of a protection ends the wish to raise its stop.

    It is where it was to be, or the broker said no, or nothing is left of it. One that was replaced has a successor,
    though nobody may have heard of that yet.
    """
    group = change.parent or change.client_order_id
    left = members(orders.values(), group)
    stop = stop_of(left, group)
    if (stop is not None and _reaches(stop, price)) or (change.code and change.status in WORKING):
        return True
    is_open = any(order.status in OPEN for order in left)
    return not is_open and not (left and left[-1].status is OrderStatus.REPLACED)


def _is_stop(order: Order) -> bool:
    return order.purpose is Purpose.PROTECT and order.type in STOPS and order.status in WORKING


def _reaches(stop: Order, price: Decimal) -> bool:
    return stop.stop_price is not None and stop.stop_price >= price
