"""Stops that are to be raised, by the protections that they belong to; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from contracts.exits import CancelProtection, MoveProtection
from contracts.lifecycle import OPEN, WORKING, OrderStatus
from contracts.orders import OrderChanged
from executor.groups import members, stop_of
from executor.order import Order


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
    stop = stop_of(orders, move.client_order_id)
    is_there = stop is not None and _reaches(stop, move.stop_price)
    return not is_there and any(order.status in OPEN for order in members(orders, move.client_order_id))


def _is_settled(orders: Mapping[str, Order], price: Decimal, change: OrderChanged) -> bool:
    """Say whether a change of a protection ends the wish to raise its stop.

    It is where it was to be, or the broker said no, or nothing is left of it. One that was replaced has a successor,
    though nobody may have heard of that yet.
    """
    group = change.parent or change.client_order_id
    left, stop = members(orders, group), stop_of(orders, group)
    if (stop is not None and _reaches(stop, price)) or (change.code and change.status in WORKING):
        return True
    is_open = any(order.status in OPEN for order in left)
    return not is_open and not (left and left[-1].status is OrderStatus.REPLACED)


def _reaches(stop: Order, price: Decimal) -> bool:
    return stop.stop_price is not None and stop.stop_price >= price
