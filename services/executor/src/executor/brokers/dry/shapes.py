"""Orders of the exchange core as a broker shows them, and tickets the other way."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal

import exchange.book
from contracts.accounts import Holding
from contracts.days import NEW_YORK
from contracts.lifecycle import OrderStatus
from contracts.market import SplitAnnounced
from contracts.values import OrderType, Side, TimeInForce
from exchange.accounts import Account, Position, price_of
from exchange.book import Exit, Order
from exchange.fills import Print
from exchange.split import Split
from executor.brokers.broker import BrokerOrder, OrderClass, Ticket

NANOSECONDS = 1_000_000_000

# An order that is about to give its place to another works on meanwhile.
_STATUSES = {status.value: OrderStatus(status.value) for status in exchange.book.Status if status != "pending_replace"}


def asked(ticket: Ticket) -> exchange.book.Ticket:
    """Word a ticket as the exchange reads it; an OCO is a limit order with both prices as exits."""
    oco = ticket.order_class is OrderClass.OCO
    return exchange.book.Ticket(
        symbol=ticket.symbol, side=ticket.side, type=ticket.type, time_in_force=ticket.time_in_force,
        order_class=ticket.order_class, qty=ticket.qty if ticket.notional is None else None,
        notional=ticket.notional, limit_price=None if oco else ticket.limit_price,
        stop_price=None if oco else ticket.stop_price, trail_percent=ticket.trail_percent,
        extended_hours=ticket.extended_hours, client_order_id=ticket.client_order_id,
        position_intent=f"{ticket.side}_to_close" if ticket.closes else None,
        take_profit=None if ticket.take_profit is None else Exit(limit_price=ticket.take_profit),
        stop_loss=None if ticket.stop_loss is None else Exit(stop_price=ticket.stop_loss),
    )  # fmt: skip


def shape(account: Account, order: Order) -> BrokerOrder:
    """Show an order with the legs that hang on it."""
    filled = order.filled_qty
    working = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.NEW
    return BrokerOrder(
        broker_order_id=order.id, client_order_id=order.client_order_id, symbol=order.symbol, side=Side(order.side),
        qty=filled if order.qty is None else order.qty, type=OrderType(order.type),
        time_in_force=TimeInForce.GTC if order.time_in_force == "gtc" else TimeInForce.DAY,
        status=_STATUSES.get(order.status) or working, updated_at=at(order.updated_at), filled_qty=filled,
        filled_avg_price=order.filled_avg_price, limit_price=order.limit_price, stop_price=order.stop_price,
        notional=order.notional, replaces=order.replaces or "",
        replaced_by=order.replaced_by or "", grouped=bool(order.legs or order.parent_id),
        legs=tuple(shape(account, account.orders[leg]) for leg in order.legs),
    )  # fmt: skip


def holding(position: Position, prints: dict[str, Print]) -> Holding:
    price = price_of(position, prints)
    cost = position.qty * position.avg_entry_price
    return Holding(
        symbol=position.symbol, qty=position.qty, avg_entry_price=position.avg_entry_price, current_price=price,
        market_value=position.qty * price, unrealized_pl=position.qty * price - cost,
    )  # fmt: skip


def at(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / NANOSECONDS, UTC)


def nanoseconds(moment: datetime) -> int:
    return int(Decimal(str(moment.timestamp())) * NANOSECONDS)


def split(announced: SplitAnnounced) -> Split:
    """Word a split for the exchange; it happens at midnight of its day."""
    midnight = nanoseconds(datetime.combine(announced.ex_date, time(), NEW_YORK))
    return Split(
        announced.action_id, announced.symbol, announced.old_rate, announced.new_rate, announced.ex_date.isoformat(),
        announced_on="", due=midnight,
    )  # fmt: skip
