"""An order as the ticket that goes out."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from contracts.orders import Purpose
from contracts.values import TimeInForce, round_to_tick
from executor.brokers.broker import Capabilities, OrderClass, Ticket
from executor.order import Order

_EXITS = frozenset({Purpose.PROTECT, Purpose.CLOSE})
"""Two exits that hang together need a position anyway."""
_WITH_EXITS = frozenset({OrderClass.BRACKET, OrderClass.OTO})


def ticket(order: Order, can: Capabilities, *, whole: bool) -> Ticket:
    """Word an order: prices on the grid, nearest to what was asked for; where it has to be `whole`, only whole shares.

    Where the broker takes no dollars, they become the shares that they were thought to buy. An entry brings its exits
    along where the broker takes the group; elsewhere they come after its fill. A group shares its time in force, and
    exits stand until they are taken back.
    """
    qty = order.qty.to_integral_value(ROUND_DOWN) if whole else order.qty
    notional = order.notional if can.notional and not whole else None
    profit, loss = (order.limit_price, order.stop_price) if order.oco else (order.take_profit, order.stop_loss)
    group = _group(order, can, qty) if notional is None else OrderClass.SIMPLE
    alone = group is OrderClass.SIMPLE
    lasts = TimeInForce.GTC if group in _WITH_EXITS else order.time_in_force
    return Ticket(
        client_order_id=order.client_order_id, symbol=order.symbol, side=order.side, qty=qty, type=order.type,
        time_in_force=lasts, order_class=group, extended_hours=order.extended_hours,
        notional=notional, closes=alone and order.purpose in _EXITS,
        limit_price=None if order.oco else _on_grid(order.limit_price),
        stop_price=None if order.oco else _on_grid(order.stop_price),
        take_profit=None if alone else _on_grid(profit), stop_loss=None if alone else _on_grid(loss),
    )  # fmt: skip


def _group(order: Order, can: Capabilities, qty: Decimal) -> OrderClass:
    if order.oco:
        return OrderClass.OCO
    exits = sum(price is not None for price in (order.take_profit, order.stop_loss))
    fits = order.type in can.bracket and qty == qty.to_integral_value() and not order.extended_hours
    if not exits or not fits:
        return OrderClass.SIMPLE
    return OrderClass.OTO if exits == 1 else OrderClass.BRACKET


def _on_grid(price: Decimal | None) -> Decimal | None:
    return None if price is None else round_to_tick(price)
