"""From an accepted ticket to its order and the order's held legs."""

from decimal import Decimal

from msgspec.structs import replace

from exchange.book import (
    Exit,
    Moment,
    Order,
    OrderClass,
    OrderType,
    Side,
    Status,
    Ticket,
    TimeInForce,
    identity,
)
from exchange.hours import admits

GOOD_TILL_CANCELED_FOR = 90 * 24 * 3600 * 10**9


def open_orders(ticket: Ticket, at: Moment, seed: str, number: int, *, closes: bool) -> tuple[Order, ...]:
    """Make the order and its legs.

    `number` counts the orders before, so that each gets an id of its own; `closes` tells whether the order reduces
    a position: its legs always do.
    """
    order_class = OrderClass(ticket.order_class)
    parent = _order(_as_profit_taker(ticket) if order_class is OrderClass.OCO else ticket, at, seed, number)
    exits = _exits(ticket, order_class)
    legs = tuple(
        replace(
            _order(leg, at, seed, number + 1 + index),
            status=Status.HELD,
            order_class=order_class,
            parent_id=parent.id,
            closes=True,
        )
        for index, leg in enumerate(exits)
    )
    return (replace(parent, closes=closes or order_class is OrderClass.OCO, legs=tuple(leg.id for leg in legs)), *legs)


def _order(ticket: Ticket, at: Moment, seed: str, number: int) -> Order:
    tif = TimeInForce(ticket.time_in_force)
    return Order(
        id=identity(seed, "order", number),
        client_order_id=ticket.client_order_id or identity(seed, "client-order", number),
        symbol=ticket.symbol,
        side=Side(ticket.side),
        type=OrderType(ticket.type),
        time_in_force=tif,
        order_class=OrderClass(ticket.order_class),
        status=Status.PENDING_NEW if admits(at, extended_hours=ticket.extended_hours) else Status.ACCEPTED,
        created_at=at.now,
        updated_at=at.now,
        submitted_at=at.now,
        expires_at=expiry(tif, at, extended_hours=ticket.extended_hours),
        qty=ticket.qty,
        notional=ticket.notional,
        limit_price=ticket.limit_price,
        stop_price=ticket.stop_price,
        trail_price=ticket.trail_price,
        trail_percent=ticket.trail_percent,
        extended_hours=ticket.extended_hours,
    )


def expiry(tif: TimeInForce, at: Moment, *, extended_hours: bool) -> int:
    if tif is TimeInForce.GTC:
        return at.now + GOOD_TILL_CANCELED_FOR
    return at.ends_at if extended_hours else at.closes_at


def _as_profit_taker(ticket: Ticket) -> Ticket:
    profit = ticket.take_profit
    return replace(ticket, limit_price=ticket.limit_price if profit is None else profit.limit_price)


def _exits(ticket: Ticket, order_class: OrderClass) -> tuple[Ticket, ...]:
    if order_class is OrderClass.SIMPLE:
        return ()
    exits = (ticket.stop_loss,) if order_class is OrderClass.OCO else (ticket.take_profit, ticket.stop_loss)
    side = Side(ticket.side)
    if order_class is not OrderClass.OCO:
        side = Side.BUY if side is Side.SELL else Side.SELL
    return tuple(_exit(ticket, side, leg) for leg in exits if leg is not None)


def _exit(ticket: Ticket, side: Side, leg: Exit) -> Ticket:
    return Ticket(
        symbol=ticket.symbol,
        side=side,
        type=_type_of(leg.limit_price, leg.stop_price),
        time_in_force=ticket.time_in_force,
        qty=ticket.qty,
        limit_price=leg.limit_price,
        stop_price=leg.stop_price,
    )


def _type_of(limit_price: Decimal | None, stop_price: Decimal | None) -> OrderType:
    if stop_price is None:
        return OrderType.LIMIT
    return OrderType.STOP if limit_price is None else OrderType.STOP_LIMIT
