"""An order as a broker for tests remembers it."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct, structs

from contracts.accounts import Holding
from contracts.lifecycle import OrderStatus
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import BrokerOrder, OrderClass, Ticket

FINEST = Decimal("1e-9")


class Resting(Struct, kw_only=True):
    """An order as the broker remembers it. Before `shown`, questions do not find it.

    `group` is the id of the order that leads its group, `parent` the same where listings show it as a leg.
    """

    ticket: Ticket
    broker_order_id: str
    at: datetime
    shown: datetime
    qty: Decimal
    group: str
    submitted: datetime
    status: OrderStatus = OrderStatus.NEW
    parent: str = ""
    replaces: str = ""
    replaced_by: str = ""
    filled: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)

    def left(self, price: Decimal) -> Decimal:
        """Say how many shares it would still take at a price."""
        if self.ticket.notional is None:
            return self.qty - self.filled
        return ((self.ticket.notional - self.spent) / price).quantize(FINEST, ROUND_DOWN)

    def signed(self, number: Decimal) -> Decimal:
        return number if self.ticket.side is Side.BUY else -number


def resting(ticket: Ticket, now: datetime, group: str) -> Resting:
    return Resting(
        ticket=ticket, broker_order_id=f"b-{ticket.client_order_id}", at=now, shown=now, submitted=now, qty=ticket.qty,
        group=group,
    )  # fmt: skip


def legs(ticket: Ticket) -> list[Ticket]:
    """Give what an order brings along: the stop beside an OCO's target, the exits of an entry."""
    is_entry = ticket.order_class is not OrderClass.OCO
    side = ticket.side if not is_entry else Side.SELL if ticket.side is Side.BUY else Side.BUY
    plain = Ticket(
        client_order_id=f"leg-{ticket.client_order_id}", symbol=ticket.symbol, side=side, qty=ticket.qty,
        type=OrderType.STOP, time_in_force=ticket.time_in_force, stop_price=ticket.stop_loss,
    )  # fmt: skip
    found = [plain] if ticket.stop_loss is not None else []
    if is_entry and ticket.take_profit is not None:
        name = f"profit-{ticket.client_order_id}"
        limit = structs.replace(plain, client_order_id=name, type=OrderType.LIMIT, stop_price=None)
        found.append(structs.replace(limit, limit_price=ticket.take_profit))
    return found


def shape(order: Resting, legs: list[Resting]) -> BrokerOrder:
    """Show an order as questions and the stream do."""
    ticket = order.ticket
    return BrokerOrder(
        broker_order_id=order.broker_order_id, client_order_id=ticket.client_order_id, symbol=ticket.symbol,
        side=ticket.side, qty=order.qty if ticket.notional is None else order.filled, type=ticket.type,
        time_in_force=ticket.time_in_force, status=order.status, updated_at=order.at, filled_qty=order.filled,
        filled_avg_price=order.spent / order.filled if order.filled else None,
        limit_price=ticket.take_profit if ticket.order_class is OrderClass.OCO else ticket.limit_price,
        stop_price=ticket.stop_price, notional=ticket.notional,
        replaces=order.replaces, replaced_by=order.replaced_by,
        grouped=ticket.order_class is not OrderClass.SIMPLE or bool(order.parent),
        legs=tuple(shape(leg, []) for leg in legs),
    )  # fmt: skip


def by_hand(client_order_id: str, side: Side, symbol: str) -> Ticket:
    """Word an order as a person would place it."""
    return Ticket(
        client_order_id=client_order_id, symbol=symbol, side=side, qty=Decimal(2), type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
    )  # fmt: skip


def moved(order: Resting, by: str, stop_price: Decimal) -> Ticket:
    """Word the order that takes the place of one whose stop a person moves."""
    return structs.replace(
        order.ticket, client_order_id=by, qty=order.qty - order.filled, stop_price=stop_price,
        order_class=OrderClass.SIMPLE,
    )  # fmt: skip


def holding(symbol: str, qty: Decimal, price: Decimal) -> Holding:
    """Show a position whose shares cost what they are worth."""
    return Holding(
        symbol=symbol, qty=qty, avg_entry_price=price, market_value=price * qty, unrealized_pl=Decimal(0),
        current_price=price,
    )  # fmt: skip
