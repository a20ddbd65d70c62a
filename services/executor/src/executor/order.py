"""One order of the book, begun by an intent of ours or by what the broker tells."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from contracts.exits import ClosePosition, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.log import Fact
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved


class Order(Struct, kw_only=True):
    """One order. `cause` and `trace` are its intent's; `at` is the broker's time once the broker knows it.

    With `notional` it is for so many dollars; `qty` is then what they are thought to buy, in the end what they bought.
    `take_profit` and `stop_loss` are the exits that an entry would like to bring along.
    """

    client_order_id: str
    purpose: Purpose
    symbol: str
    side: Side
    qty: Decimal
    type: OrderType
    time_in_force: TimeInForce
    at: datetime
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    oco: bool = False
    grouped: bool = False
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    extended_hours: bool = False
    expires_at: datetime | None = None
    strategy: str = ""
    parent: str = ""
    cause: int = 0
    trace: str = ""
    n: int = 0
    status: OrderStatus = OrderStatus.SUBMITTING
    broker_order_id: str = ""
    filled_qty: Decimal = Decimal(0)
    filled_avg_price: Decimal | None = None


def intent(body: OrderApproved | PlaceProtection | ClosePosition, cause: int, trace: str) -> Order:
    """Say which order a verdict or an exit asks for."""
    match body:
        case OrderApproved():
            return Order(
                client_order_id=body.approval_id, purpose=Purpose.ENTRY, symbol=body.symbol, side=body.side,
                qty=body.qty, type=body.type, time_in_force=body.time_in_force, at=body.at,
                notional=body.notional, limit_price=body.limit_price, take_profit=body.take_profit,
                stop_loss=body.stop_loss, extended_hours=body.extended_hours, expires_at=body.expires_at,
                strategy=body.strategy, cause=cause, trace=trace,
            )  # fmt: skip
        case PlaceProtection():
            oco = body.target_price is not None
            return Order(
                client_order_id=body.exit_id, purpose=Purpose.PROTECT, symbol=body.symbol, side=Side.SELL,
                qty=body.qty, type=OrderType.LIMIT if oco else OrderType.STOP, time_in_force=body.time_in_force,
                at=body.at, limit_price=body.target_price, stop_price=body.stop_price, oco=oco, grouped=oco,
                cause=cause, trace=trace,
            )  # fmt: skip
        case ClosePosition():
            return Order(
                client_order_id=body.exit_id, purpose=Purpose.CLOSE, symbol=body.symbol, side=Side.SELL, qty=body.qty,
                type=OrderType.MARKET if body.limit_price is None else OrderType.LIMIT, limit_price=body.limit_price,
                extended_hours=body.extended_hours, time_in_force=TimeInForce.DAY, at=body.at, cause=cause,
                trace=trace,
            )  # fmt: skip


def told(change: OrderChanged, fact: Fact) -> Order:
    """Begin an order that no intent of ours began: a leg, or one from outside."""
    return Order(
        client_order_id=change.client_order_id, purpose=change.purpose, symbol=change.symbol, side=change.side,
        qty=change.qty, type=change.type, time_in_force=change.time_in_force, at=change.at, notional=change.notional,
        limit_price=change.limit_price, stop_price=change.stop_price, parent=change.parent,
        grouped=change.grouped, cause=fact.cause, trace=fact.trace,
    )  # fmt: skip
