"""What the broker did: orders and their executions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from contracts.lifecycle import OrderStatus
from contracts.values import OrderType, Side, Symbol, TimeInForce, Token


class Purpose(StrEnum):
    """Why the order exists. An external order is one that a person or another program placed at the broker."""

    ENTRY = "entry"
    PROTECT = "protect"
    CLOSE = "close"
    EXTERNAL = "external"


class OrderChanged(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """An order as it stands after its `n`-th change; each fact is complete in itself.

    `client_order_id` is the id of the approval or exit behind it. The legs of a group have ids of the broker's
    making: `parent` names the order they hang on. `grouped`: it belongs to a bracket, an OCO or an OTO. `code` and
    `reason` say why, where it was refused, withheld or taken back.
    """

    account: Token
    client_order_id: Token
    n: int
    purpose: Purpose
    status: OrderStatus
    symbol: Symbol
    side: Side
    qty: Decimal
    type: OrderType
    time_in_force: TimeInForce
    at: datetime
    notional: Decimal | None = None
    filled_qty: Decimal = Decimal(0)
    filled_avg_price: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    broker_order_id: str = ""
    parent: str = ""
    grouped: bool = False
    code: str = ""
    reason: str = ""


class OrderFilled(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """One execution, or several that were only seen together.

    `execution_id` is made of the order's id and `cum_qty`, the order's whole filled quantity after it: a quantity
    that only rises names an execution the same way whether the stream or a question told of it.
    """

    account: Token
    execution_id: Token
    client_order_id: Token
    purpose: Purpose
    symbol: Symbol
    side: Side
    qty: Decimal
    price: Decimal
    cum_qty: Decimal
    at: datetime
    parent: str = ""
    broker_execution_id: str = ""


def execution_id(client_order_id: str, cum_qty: Decimal) -> str:
    """Name the execution that brought an order to `cum_qty`."""
    return f"{client_order_id}-{cum_qty.normalize():f}".replace(".", "_")
