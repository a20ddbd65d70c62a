"""An order as the ticket that goes out."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from contracts.values import round_to_tick
from executor.brokers.broker import OrderClass, Ticket
from executor.order import Order


def ticket(order: Order, *, whole: bool) -> Ticket:
    """Word an order: prices on the grid, nearest to what was asked for; of a fraction only the whole shares."""
    limit, stop = _on_grid(order.limit_price), _on_grid(order.stop_price)
    return Ticket(
        client_order_id=order.client_order_id, symbol=order.symbol, side=order.side,
        qty=order.qty.to_integral_value(ROUND_DOWN) if whole else order.qty, type=order.type,
        time_in_force=order.time_in_force, order_class=OrderClass.OCO if order.oco else OrderClass.SIMPLE,
        limit_price=None if order.oco else limit, stop_price=None if order.oco else stop,
        take_profit=limit if order.oco else None, stop_loss=stop if order.oco else None,
    )  # fmt: skip


def _on_grid(price: Decimal | None) -> Decimal | None:
    return None if price is None else round_to_tick(price)
