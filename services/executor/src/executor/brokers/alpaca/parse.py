"""Alpaca's JSON as our values; no I/O."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct

from contracts.accounts import Holding
from contracts.lifecycle import OrderStatus
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import Asset, Balance, BrokerOrder, ClockReading, Execution
from executor.brokers.symbols import is_named

_GROUPS = frozenset({"bracket", "oco", "oto"})

_TYPES = {str(kind): kind for kind in OrderType}

_STATUSES = {str(status): status for status in OrderStatus if status not in {"submitting", "withheld", "unknown"}}


class WireOrder(Struct, frozen=True):
    id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    status: str
    updated_at: datetime
    qty: Decimal | None = None
    notional: Decimal | None = None
    filled_qty: Decimal | None = None
    filled_avg_price: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    order_class: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    legs: list[WireOrder] | None = None


class WireHolding(Struct, frozen=True):
    symbol: str
    qty: Decimal
    avg_entry_price: Decimal
    market_value: Decimal | None = None
    unrealized_pl: Decimal | None = None
    current_price: Decimal | None = None


class WireAccount(Struct, frozen=True):
    status: str
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    last_equity: Decimal | None = None
    multiplier: Decimal | None = None
    maintenance_margin: Decimal | None = None


class WireAsset(Struct, frozen=True):
    status: str
    tradable: bool
    fractionable: bool = False
    shortable: bool = False
    name: str | None = None
    exchange: str = ""


class WireClock(Struct, frozen=True):
    timestamp: datetime
    is_open: bool
    next_open: datetime
    next_close: datetime


class WireUpdate(Struct, frozen=True):
    """The data of a `trade_updates` frame."""

    event: str
    order: WireOrder
    execution_id: str | None = None
    price: Decimal | None = None
    qty: Decimal | None = None


def order(wire: WireOrder) -> BrokerOrder:
    """Read an order. What Alpaca may call a status tomorrow is read as working: it exists, and it may trade."""
    filled, qty = wire.filled_qty or Decimal(0), wire.qty or Decimal(0)
    working = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.NEW
    return BrokerOrder(
        broker_order_id=wire.id,
        client_order_id=wire.client_order_id,
        symbol=wire.symbol,
        side=Side(wire.side),
        # An order for an amount of money has no quantity but what it has bought.
        qty=qty or filled,
        type=_TYPES.get(wire.type) or _kind(wire),
        time_in_force=TimeInForce.GTC if wire.time_in_force == "gtc" else TimeInForce.DAY,
        status=_STATUSES.get(wire.status, working),
        updated_at=wire.updated_at.astimezone(UTC),
        filled_qty=filled,
        filled_avg_price=wire.filled_avg_price,
        limit_price=wire.limit_price,
        stop_price=wire.stop_price,
        notional=wire.notional,
        replaces=wire.replaces or "",
        replaced_by=wire.replaced_by or "",
        grouped=wire.order_class in _GROUPS,
        legs=tuple(order(leg) for leg in wire.legs or ()),
    )


def _kind(wire: WireOrder) -> OrderType:
    """Name a type that is not ours to place, such as a trailing stop, by the prices that it has."""
    if wire.stop_price is not None:
        return OrderType.STOP
    return OrderType.MARKET if wire.limit_price is None else OrderType.LIMIT


def is_readable(wire: WireOrder) -> bool:
    """Say whether the order is of a kind that the vocabulary knows; the head of an options group is not."""
    return is_named(wire.symbol) and wire.side in {"buy", "sell"}


def execution(update: WireUpdate) -> Execution | None:
    if update.execution_id is None or update.price is None or update.qty is None:
        return None
    return Execution(execution_id=update.execution_id, qty=update.qty, price=update.price)


def holding(wire: WireHolding) -> Holding:
    zero = Decimal(0)
    return Holding(
        symbol=wire.symbol,
        qty=wire.qty,
        avg_entry_price=wire.avg_entry_price,
        market_value=wire.market_value or zero,
        unrealized_pl=wire.unrealized_pl or zero,
        current_price=wire.current_price or zero,
    )


def balance(wire: WireAccount) -> Balance:
    return Balance(
        status=wire.status,
        equity=wire.equity,
        cash=wire.cash,
        buying_power=wire.buying_power,
        last_equity=wire.last_equity,
        multiplier=wire.multiplier,
        maintenance_margin=wire.maintenance_margin,
    )


def asset(wire: WireAsset) -> Asset:
    return Asset(
        tradable=wire.tradable,
        fractionable=wire.fractionable,
        shortable=wire.shortable,
        status=wire.status,
        name=wire.name or "",
        exchange=wire.exchange,
    )


def clock(wire: WireClock) -> ClockReading:
    return ClockReading(
        at=wire.timestamp.astimezone(UTC),
        is_open=wire.is_open,
        next_open=wire.next_open.astimezone(UTC),
        next_close=wire.next_close.astimezone(UTC),
    )
