"""What the rules ask of a ticket or a replacement, given the desk."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from exchange import accounts
from exchange.book import Amendment, Order, OrderClass, OrderType, Side, Ticket, remaining
from exchange.fills import SHARE
from exchange.rulebook.rule import Desk

INTENTS = ("buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close")


class Change(Struct, frozen=True):
    """A replacement as asked for."""

    order_id: str
    amendment: Amendment


def prices(ticket: Ticket) -> Iterable[tuple[str, Decimal]]:
    """Give every price that is stated, by the name of its member."""
    profit, loss = ticket.take_profit, ticket.stop_loss
    stated = (
        ("limit_price", ticket.limit_price),
        ("stop_price", ticket.stop_price),
        ("trail_price", ticket.trail_price),
        ("limit_price", None if profit is None else profit.limit_price),
        ("limit_price", None if loss is None else loss.limit_price),
        ("stop_price", None if loss is None else loss.stop_price),
    )
    return ((name, price) for name, price in stated if price is not None)


def symbol(ticket: Ticket, _: Desk) -> Mapping[str, str]:
    return {"symbol": ticket.symbol}


def closes(ticket: Ticket, desk: Desk) -> bool:
    return accounts.closes(desk.account, ticket.symbol, ticket.side)


def intent(ticket: Ticket, desk: Desk) -> str:
    return f"{ticket.side}_to_{'close' if closes(ticket, desk) else 'open'}"


def sells_short(ticket: Ticket, desk: Desk) -> bool:
    return ticket.side == Side.SELL and not closes(ticket, desk)


def price_of(ticket: Ticket, desk: Desk) -> Decimal | None:
    """Price that the order is reckoned at; None when the market has not shown it yet."""
    shown = desk.prints.get(ticket.symbol)
    if not closes(ticket, desk):
        return accounts.reckoned_price(ticket, shown)
    quote = None if shown is None else shown.bid if ticket.side == Side.SELL else shown.ask
    return ticket.limit_price or ticket.stop_price or quote


def cost_basis(ticket: Ticket, desk: Desk) -> Decimal:
    """Dollars that the order is for; 0 when they are not known."""
    if ticket.notional is not None:
        return ticket.notional
    return (ticket.qty or Decimal(0)) * (price_of(ticket, desk) or Decimal(0))


def shares(ticket: Ticket, desk: Desk) -> Decimal:
    """Shares that the order is for; 0 when they are not known."""
    if ticket.qty is not None:
        return ticket.qty
    price = price_of(ticket, desk)
    return Decimal(0) if ticket.notional is None or price is None else (ticket.notional / price).quantize(SHARE)


def profit_price(ticket: Ticket) -> Decimal | None:
    """Where the group takes its profit; an OCO may say so as its own limit."""
    if ticket.take_profit is not None:
        return ticket.take_profit.limit_price
    return ticket.limit_price if ticket.order_class == OrderClass.OCO else None


def loss_price(ticket: Ticket) -> Decimal | None:
    return None if ticket.stop_loss is None else ticket.stop_loss.stop_price


def old(change: Change, desk: Desk) -> Order:
    return desk.account.orders[change.order_id]


def amended(change: Change, desk: Desk) -> Ticket:
    """Ask for what the order would be."""
    order, amendment = old(change, desk), change.amendment
    trail = amendment.trail if order.type is OrderType.TRAILING_STOP else None
    by_price = order.trail_price is not None
    return Ticket(
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        time_in_force=amendment.time_in_force or order.time_in_force,
        qty=order.qty if amendment.qty is None else amendment.qty,
        notional=order.notional,
        limit_price=order.limit_price if amendment.limit_price is None else amendment.limit_price,
        stop_price=_stop(order) if amendment.stop_price is None else amendment.stop_price,
        trail_price=trail if trail is not None and by_price else order.trail_price,
        trail_percent=trail if trail is not None and not by_price else order.trail_percent,
        extended_hours=order.extended_hours,
        client_order_id=amendment.client_order_id,
    )


def _stop(order: Order) -> Decimal | None:
    """Find the stop that was asked for; a trailing one has its own."""
    return None if order.type is OrderType.TRAILING_STOP else order.stop_price


def rest(change: Change, desk: Desk) -> Decimal:
    """Shares that a replacement asks for beyond those that its order is still for."""
    order = old(change, desk)
    if change.amendment.qty is None:
        return Decimal(0)
    return change.amendment.qty - order.filled_qty - remaining(order)
