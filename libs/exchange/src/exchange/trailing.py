"""Trailing stops: the stop follows the best price at a distance, and never goes back."""

from decimal import Decimal

from msgspec.structs import replace

from exchange.book import Order, Side


def trailed(order: Order, price: Decimal) -> Order:
    """Move the stop after a trade at `price`."""
    best = price if order.hwm is None else (max if order.side is Side.SELL else min)(order.hwm, price)
    return order if best == order.hwm else drawn(order, best)


def drawn(order: Order, best: Decimal) -> Order:
    """Draw the stop at its distance from the best price."""
    distance = order.trail_price or best * (order.trail_percent or Decimal(0)) / 100
    return replace(order, hwm=best, stop_price=best - distance if order.side is Side.SELL else best + distance)
