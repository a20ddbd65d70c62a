"""From the broker's word about an order to facts; pure.

Whether the stream or a question told it makes no difference: the whole filled quantity only rises, and an execution
is named by it, so the same news told twice, late or out of order gives each fact once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from contracts.lifecycle import TERMINAL, OrderStatus, may_become
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.values import Token, derived_id, plain
from executor.book import Book
from executor.brokers.broker import BrokerOrder, Execution
from executor.order import Order
from executor.stops import is_taken_back, stopped

News: TypeAlias = OrderChanged | OrderFilled
Lineage: TypeAlias = Mapping[str, str]
"""By the broker_order_id of each order of a reading, that of the one whose place it took."""

PRICE_DIGITS = Decimal("0.000001")
"""Alpaca's own precision of an average price."""


def observe(book: Book, seen: BrokerOrder, execution: Execution | None = None) -> list[News]:
    """Say what is new about an order in the book and about its legs."""
    order = book.orders[name(seen)]
    return [*_news(book, order, seen, execution), *_legs(book, order, seen)]


def adopt(book: Book, seen: BrokerOrder, before: Lineage | None = None) -> list[News]:
    """Say what is to be told of an order that somebody else placed; in place of protection of ours, it is that."""
    replaced = taken_over(book, seen, before)
    order = _new(seen, Purpose.PROTECT, replaced) if replaced else _new(seen, Purpose.EXTERNAL, "")
    return [*_news(book, order, seen, None), *_legs(book, order, seen)]


def taken_over(book: Book, seen: BrokerOrder, before: Lineage | None = None) -> str | None:
    """Name the head of the protection of ours that a person replaced with this order, at once or step by step."""
    replaced = seen.replaces
    while replaced:
        found = (o for o in book.orders.values() if o.broker_order_id == replaced and o.purpose is Purpose.PROTECT)
        if (order := next(found, None)) is not None:
            return order.parent or order.client_order_id
        replaced = (before or {}).get(replaced, "")
    return None


def name(seen: BrokerOrder) -> str:
    """Give the id under which an order stands in the log; others may choose ids that do not fit a subject."""
    try:
        return msgspec.convert(seen.client_order_id, Token)
    except msgspec.ValidationError:
        return derived_id(seen.broker_order_id)


def _legs(book: Book, parent: Order, seen: BrokerOrder) -> list[News]:
    purpose = Purpose.EXTERNAL if parent.purpose is Purpose.EXTERNAL else Purpose.PROTECT
    news: list[News] = []
    for leg in seen.legs:
        order = book.orders.get(name(leg)) or _new(leg, purpose, parent.client_order_id)
        news += _news(book, order, leg, None)
    return news


def _new(seen: BrokerOrder, purpose: Purpose, parent: str) -> Order:
    return Order(
        client_order_id=name(seen), purpose=purpose, symbol=seen.symbol, side=seen.side, qty=seen.qty, type=seen.type,
        time_in_force=seen.time_in_force, at=seen.updated_at, notional=seen.notional, limit_price=seen.limit_price,
        stop_price=seen.stop_price, parent=parent,
    )  # fmt: skip


def _news(book: Book, order: Order, seen: BrokerOrder, execution: Execution | None) -> list[News]:
    filled = _filled(book, order, seen, execution)
    changed = _changed(book, order, seen)
    # The fill goes first: whoever frees what an ended order reserved must have heard of its shares by then. But an
    # order that nobody has heard of must be told of before its shares.
    facts = (filled, changed) if order.client_order_id in book.orders else (changed, filled)
    return [fact for fact in facts if fact is not None]


def _filled(book: Book, order: Order, seen: BrokerOrder, execution: Execution | None) -> OrderFilled | None:
    qty = seen.filled_qty - order.filled_qty
    if qty <= 0:
        return None
    whole = execution is not None and execution.qty == qty
    price = execution.price if execution is not None and whole else _price(order, seen, qty)
    if price is None:
        return None
    return OrderFilled(
        account=book.account, execution_id=execution_id(order.client_order_id, seen.filled_qty),
        client_order_id=order.client_order_id, purpose=order.purpose, symbol=order.symbol, side=order.side, qty=qty,
        price=price, cum_qty=seen.filled_qty, at=seen.updated_at, parent=order.parent,
        broker_execution_id=execution.execution_id if execution is not None and whole else "",
    )  # fmt: skip


def _price(order: Order, seen: BrokerOrder, qty: Decimal) -> Decimal | None:
    """Find what the shares cost that came since the book's last fill, from the two averages."""
    if seen.filled_avg_price is None:
        return None
    spent = seen.filled_avg_price * seen.filled_qty - (order.filled_avg_price or Decimal(0)) * order.filled_qty
    return Decimal(plain((spent / qty).quantize(PRICE_DIGITS)))


def _changed(book: Book, order: Order, seen: BrokerOrder) -> OrderChanged | None:
    later = seen.filled_qty > order.filled_qty
    if order.broker_order_id and seen.updated_at < order.at and not later:
        return None
    status, qty, stop = _status(order, seen), _qty(order, seen), _stop_price(order, seen)
    reshaped = (qty, seen.notional, stop) != (order.qty, order.notional, order.stop_price)
    reshaped = reshaped and order.status not in TERMINAL
    if status is order.status and not reshaped and not later and order.broker_order_id:
        return None
    at = max(seen.updated_at, order.at) if order.broker_order_id else seen.updated_at
    why = stopped(book, order, at) if _is_taken_back(book, order, status, at) else None
    return OrderChanged(
        account=book.account, client_order_id=order.client_order_id, n=order.n + 1, purpose=order.purpose,
        status=status, symbol=order.symbol, side=order.side, qty=qty, type=order.type,
        time_in_force=seen.time_in_force, at=at, notional=seen.notional,
        filled_qty=max(seen.filled_qty, order.filled_qty), filled_avg_price=seen.filled_avg_price,
        limit_price=order.limit_price, stop_price=None if order.oco else stop,
        broker_order_id=seen.broker_order_id, parent=order.parent,
        grouped=seen.grouped or order.grouped or bool(order.parent or seen.legs),
        code=why.code if why else "", reason=why.reason if why else "",
    )  # fmt: skip


def _is_taken_back(book: Book, order: Order, status: OrderStatus, at: datetime) -> bool:
    return status is OrderStatus.CANCELED and is_taken_back(book, order, at)


def _qty(order: Order, seen: BrokerOrder) -> Decimal:
    """Say how many shares it is for; where it is for dollars, that is a guess until they are spent."""
    if seen.notional is None:
        return seen.qty or order.qty
    return seen.filled_qty if seen.status is OrderStatus.FILLED else max(order.qty, seen.filled_qty)


def _stop_price(order: Order, seen: BrokerOrder) -> Decimal | None:
    """Say where a stop of ours rests: some brokers move it without making another order of it."""
    is_moved = order.purpose is Purpose.PROTECT and not order.oco and seen.type is order.type
    return (seen.stop_price if is_moved else None) or order.stop_price


def _status(order: Order, seen: BrokerOrder) -> OrderStatus:
    """Follow the broker as far as the lifecycle allows; a stale word leaves the order where it is."""
    # An exit that wakes at the very moment its entry came in: the answer to the entry was written before.
    if (order.status, seen.status) == (OrderStatus.NEW, OrderStatus.HELD) and seen.updated_at <= order.at:
        return order.status
    return seen.status if may_become(order.status, seen.status) else order.status
