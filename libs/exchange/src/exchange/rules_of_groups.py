"""Rules for bracket, OCO and OTO: which members they need, and how their prices must lie."""

from decimal import Decimal

from exchange.book import OrderClass, OrderType, Side, Ticket, TimeInForce
from exchange.fills import Print
from exchange.numbers import plain
from exchange.refusals import Refusal, malformed, unacceptable

CENT = Decimal("0.01")


def members(ticket: Ticket) -> Refusal | None:
    order_class = OrderClass(ticket.order_class)
    if order_class is OrderClass.SIMPLE:
        lone = ticket.take_profit is None and ticket.stop_loss is None
        return None if lone else malformed("simple orders take no take_profit or stop_loss")
    if ticket.time_in_force not in {TimeInForce.DAY, TimeInForce.GTC}:
        return unacceptable(f"{order_class} orders must be DAY or GTC orders")
    refusal = _exits(ticket, order_class)
    if refusal is not None:
        return refusal
    if order_class is OrderClass.OCO:
        fits = ticket.type == OrderType.LIMIT and ticket.side == Side.SELL
        return None if fits else unacceptable("oco orders must be exit orders of type limit")
    return None if ticket.side == Side.BUY else unacceptable(f"{order_class} orders must be entry orders")


def prices(ticket: Ticket, shown: Print | None) -> Refusal | None:
    """Profit above, loss below the price that the group starts from."""
    profit = None if ticket.take_profit is None else ticket.take_profit.limit_price
    loss = None if ticket.stop_loss is None else ticket.stop_loss.stop_price
    if profit is not None and loss is not None and profit <= loss:
        return unacceptable("take_profit.limit_price must be > stop_loss.stop_price")
    base = _base(ticket, shown)
    if ticket.order_class == OrderClass.SIMPLE or base is None:
        return None
    oco = ticket.order_class == OrderClass.OCO
    if profit is not None and not oco and profit < base + CENT:
        text = "take_profit.limit_price must be >= base_price + 0.01"
        return unacceptable(text, base_price=plain(base))
    if loss is not None and loss > base - CENT:
        text = "stop_loss.stop_price must be <= base_price - 0.01"
        return unacceptable(text, base_price=plain(base))
    return None


def _exits(ticket: Ticket, order_class: OrderClass) -> Refusal | None:
    profit = ticket.take_profit is not None and ticket.take_profit.limit_price is not None
    loss = ticket.stop_loss is not None and ticket.stop_loss.stop_price is not None
    if ticket.take_profit is not None and not profit:
        return malformed(f"{order_class} orders require take_profit.limit_price")
    if ticket.stop_loss is not None and not loss:
        return malformed(f"{order_class} orders require stop_loss.stop_price")
    if order_class is OrderClass.OTO:
        one = profit != loss
        return None if one else malformed("oto orders require either take_profit or stop_loss")
    if not profit and not (order_class is OrderClass.OCO and ticket.limit_price is not None):
        return malformed(f"{order_class} orders require take_profit.limit_price")
    return None if loss else malformed(f"{order_class} orders require stop_loss.stop_price")


def _base(ticket: Ticket, shown: Print | None) -> Decimal | None:
    if ticket.order_class == OrderClass.OCO and ticket.take_profit is not None:
        return ticket.take_profit.limit_price
    stated = ticket.limit_price or ticket.stop_price
    if stated is not None:
        return stated
    return None if shown is None else shown.price
