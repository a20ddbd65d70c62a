"""Tradier's JSON as our values; no I/O. Numbers are JSON numbers, read as Decimal without a float between."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct, field

from contracts.accounts import Holding
from contracts.lifecycle import OrderStatus
from contracts.market import Quote
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import Asset, Balance, BrokerOrder
from executor.brokers.symbols import is_named

W = TypeVar("W")

ZERO = Decimal(0)
PRICE_DIGITS = Decimal("0.000001")
GROUPS = frozenset({"oco", "oto", "otoco"})

_SIDES = {"buy": Side.BUY, "buy_to_cover": Side.BUY, "sell": Side.SELL, "sell_short": Side.SELL}
_TYPES = {str(kind): kind for kind in OrderType}
_MULTIPLIERS = {"cash": Decimal(1), "margin": Decimal(2), "pdt": Decimal(4)}
_STATUSES = {
    "pending": OrderStatus.PENDING_NEW,
    "open": OrderStatus.NEW,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "expired": OrderStatus.EXPIRED,
    "canceled": OrderStatus.CANCELED,
    "rejected": OrderStatus.REJECTED,
    "error": OrderStatus.REJECTED,
    "accepted_for_bidding": OrderStatus.ACCEPTED,
    "held": OrderStatus.HELD,
}


class WireOrder(Struct, frozen=True):
    """An order, a leg, or a group: then it has no symbol, and its legs say the rest."""

    id: int
    status: str
    create_date: datetime
    kind: str = field(default="equity", name="class")
    symbol: str = ""
    side: str = ""
    type: str = ""
    duration: str = ""
    quantity: Decimal = ZERO
    exec_quantity: Decimal = ZERO
    avg_fill_price: Decimal = ZERO
    price: Decimal | None = None
    stop_price: Decimal | None = None
    transaction_date: datetime | None = None
    reason_description: str = ""
    tag: str = ""
    leg: list[WireOrder] | WireOrder | None = None


class WirePosition(Struct, frozen=True):
    symbol: str
    quantity: Decimal
    cost_basis: Decimal


class WireQuote(Struct, frozen=True):
    """Dates in milliseconds; a symbol that did not trade yet has no last price."""

    symbol: str
    bid: float = 0.0
    ask: float = 0.0
    last: Decimal | None = None
    trade_date: int = 0
    bid_date: int = 0
    ask_date: int = 0


class _Section(Struct, frozen=True):
    stock_buying_power: Decimal = ZERO
    cash_available: Decimal = ZERO


class WireBalances(Struct, frozen=True):
    """Tradier names neither the last close's equity nor the maintenance margin."""

    total_equity: Decimal
    total_cash: Decimal
    account_type: str = ""
    margin: _Section | None = None
    cash: _Section | None = None
    pdt: _Section | None = None


class WireSecurity(Struct, frozen=True):
    symbol: str
    exchange: str = ""
    description: str = ""


class WirePlaced(Struct, frozen=True):
    id: int
    status: Literal["ok"]


class WireAccount(Struct, frozen=True):
    account_number: str
    status: str


class WireSession(Struct, frozen=True):
    sessionid: str


def inside(body: bytes | msgspec.Raw, name: str, kind: type[W]) -> W:
    """Read what an answer holds under a name; raise `msgspec.DecodeError`."""
    held = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    if name not in held:
        raise msgspec.ValidationError(f"expected {name!r} in the answer")
    return msgspec.json.decode(held[name], type=kind)


def many(body: bytes | msgspec.Raw, outer: str, inner: str, kind: type[W]) -> list[W]:
    """List what an answer holds: none is written as the string "null", one as an object, several as an array."""
    held = inside(body, outer, msgspec.Raw)
    if bytes(held) in {b'"null"', b"null"}:
        return []
    found = inside(held, inner, msgspec.Raw)
    if bytes(found).startswith(b"["):
        return msgspec.json.decode(found, type=list[kind])
    return [msgspec.json.decode(found, type=kind)]


def legs(wire: WireOrder) -> list[WireOrder]:
    return wire.leg if isinstance(wire.leg, list) else [wire.leg] if wire.leg else []


def is_readable(wire: WireOrder) -> bool:
    """Say whether it is of equities; orders of options have sides of their own."""
    parts = legs(wire) if wire.kind in GROUPS else [wire]
    return bool(parts) and all(part.side in _SIDES and is_named(part.symbol) for part in parts)


def order(wire: WireOrder) -> BrokerOrder:
    """Read an order. Of a group the entry leads, or the target where all are exits, under the group's own id."""
    if not is_readable(wire):
        raise msgspec.ValidationError(f"expected an order of equities, order {wire.id} is of class {wire.kind!r}")
    if wire.kind not in GROUPS:
        return _one(wire, wire)
    first, *rest = sorted(legs(wire), key=lambda leg: wire.kind == "oco" and leg.type != "limit")
    return msgspec.structs.replace(_one(first, wire), grouped=True, legs=tuple(_one(leg, leg) for leg in rest))


def _one(wire: WireOrder, named: WireOrder) -> BrokerOrder:
    # A group that was refused as a whole may leave its legs as they were.
    status = named.status if named.status in {"rejected", "error"} else wire.status
    working = OrderStatus.PARTIALLY_FILLED if wire.exec_quantity else OrderStatus.NEW
    return BrokerOrder(
        broker_order_id=str(named.id), client_order_id=named.tag or f"tradier-{named.id}", symbol=wire.symbol,
        side=_SIDES[wire.side], qty=wire.quantity, type=_TYPES.get(wire.type, OrderType.MARKET),
        time_in_force=TimeInForce.GTC if wire.duration == "gtc" else TimeInForce.DAY,
        status=_STATUSES.get(status, working),
        updated_at=(wire.transaction_date or wire.create_date).astimezone(UTC), filled_qty=wire.exec_quantity,
        filled_avg_price=wire.avg_fill_price if wire.exec_quantity else None, limit_price=wire.price,
        stop_price=wire.stop_price,
    )  # fmt: skip


def quote(wire: WireQuote) -> Quote:
    latest = max(wire.trade_date, wire.bid_date, wire.ask_date)
    return Quote(
        symbol=wire.symbol, bid=wire.bid, ask=wire.ask, at=datetime.fromtimestamp(latest / 1000, UTC),
        last=float(wire.last or 0),
    )  # fmt: skip


def balance(wire: WireBalances, status: str) -> Balance:
    section = wire.pdt or wire.margin or wire.cash or _Section()
    return Balance(
        status=status.upper(), equity=wire.total_equity, cash=wire.total_cash,
        buying_power=section.stock_buying_power or section.cash_available,
        multiplier=_MULTIPLIERS.get(wire.account_type),
    )  # fmt: skip


def asset(wire: WireSecurity) -> Asset:
    return Asset(tradable=True, name=wire.description, exchange=wire.exchange)


def holding(wire: WirePosition, price: Decimal) -> Holding:
    value = wire.quantity * price
    return Holding(
        symbol=wire.symbol, qty=wire.quantity,
        avg_entry_price=(wire.cost_basis / wire.quantity).quantize(PRICE_DIGITS), market_value=value,
        unrealized_pl=value - wire.cost_basis if price else ZERO, current_price=price,
    )  # fmt: skip
