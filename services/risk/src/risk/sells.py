"""The open orders to sell that a broker could hold against an order to buy."""

from __future__ import annotations

from contracts.lifecycle import TERMINAL
from contracts.orders import OrderChanged
from contracts.values import OrderType, Side


def changed(sells: dict[str, dict[str, str]], order: OrderChanged) -> None:
    """Take in the newest word about an order: `sells` holds the type of each by symbol and client_order_id."""
    if order.side is not Side.SELL:
        return
    of_symbol = sells.setdefault(order.symbol, {})
    if _counts(order, is_known=order.client_order_id in of_symbol):
        of_symbol[order.client_order_id] = order.type
    else:
        of_symbol.pop(order.client_order_id, None)
    if not of_symbol:
        del sells[order.symbol]


def _counts(order: OrderChanged, *, is_known: bool) -> bool:
    # A fill that crossed an order's end wakes it for a word; there is no other to end it.
    if order.status in TERMINAL or not (is_known or order.n == 1):
        return False
    return not (order.grouped or order.parent or order.type is OrderType.TRAILING_STOP)
