"""Our orders in Tradier's form fields; what it cannot do is refused before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from contracts.values import OrderType, Side, plain
from executor.brokers.broker import OrderClass, OrderRefusedError, Ticket

CLASSES = {OrderClass.OCO: "oco", OrderClass.OTO: "oto", OrderClass.BRACKET: "otoco"}
GROUP_ENTRIES = frozenset({OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT})
TAG = re.compile(r"[A-Za-z0-9-]{1,255}")

Leg = dict[str, str]


def form(ticket: Ticket, duration: str) -> dict[str, str]:
    """Word an order. A group's fields carry the number of the leg that they are about."""
    if reason := _impossible(ticket):
        raise OrderRefusedError("invalid", reason)
    common = {"duration": duration, "tag": ticket.client_order_id}
    if ticket.order_class is OrderClass.SIMPLE:
        return {"class": "equity", **common, **_entry(ticket)}
    numbered = {f"{name}[{n}]": value for n, leg in enumerate(_legs(ticket)) for name, value in leg.items()}
    return {"class": CLASSES[ticket.order_class], **common, **numbered}


def _impossible(ticket: Ticket) -> str:
    if ticket.notional is not None:
        return "the order was for an amount of dollars, expected shares"
    if ticket.qty != int(ticket.qty):
        return f"the quantity was {plain(ticket.qty)}, expected whole shares"
    if TAG.fullmatch(ticket.client_order_id) is None:
        return f"the tag was {ticket.client_order_id!r}, expected letters, digits and dashes"
    if ticket.type is OrderType.TRAILING_STOP:
        return "the order was a trailing stop, which is not taken here"
    if ticket.order_class in {OrderClass.BRACKET, OrderClass.OTO} and ticket.type not in GROUP_ENTRIES:
        return "the entry of a group was a market order, expected limit, stop or stop_limit"
    exits = sum(price is not None for price in (ticket.take_profit, ticket.stop_loss))
    wanted = {OrderClass.SIMPLE: 0, OrderClass.OTO: 1}.get(ticket.order_class, 2)
    return "" if exits == wanted else f"the order had {exits} prices of exits, expected {wanted}"


def _legs(ticket: Ticket) -> Sequence[Leg]:
    if ticket.order_class is OrderClass.OCO:
        return _exits(ticket, ticket.side)
    return (_entry(ticket), *_exits(ticket, Side.SELL if ticket.side is Side.BUY else Side.BUY))


def _entry(ticket: Ticket) -> Leg:
    return _leg(ticket, ticket.side, ticket.type, ticket.limit_price, ticket.stop_price)


def _exits(ticket: Ticket, side: Side) -> list[Leg]:
    legs: list[Leg] = []
    if ticket.take_profit is not None:
        legs.append(_leg(ticket, side, OrderType.LIMIT, ticket.take_profit, None))
    if ticket.stop_loss is not None:
        legs.append(_leg(ticket, side, OrderType.STOP, None, ticket.stop_loss))
    return legs


def _leg(ticket: Ticket, side: Side, kind: OrderType, limit: Decimal | None, stop: Decimal | None) -> Leg:
    leg = {"symbol": ticket.symbol, "side": str(side), "quantity": plain(ticket.qty), "type": str(kind)}
    if limit is not None:
        leg["price"] = plain(limit)
    if stop is not None:
        leg["stop"] = plain(stop)
    return leg
