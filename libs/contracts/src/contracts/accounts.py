"""What the broker says we have, and where that differs from what we thought."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from contracts.values import Symbol, Token


class Holding(Struct, frozen=True, kw_only=True):
    """One position as the broker reports it."""

    symbol: Symbol
    qty: Decimal
    avg_entry_price: Decimal
    market_value: Decimal
    unrealized_pl: Decimal
    current_price: Decimal


class AccountSnapshot(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """The account as the broker sees it; the `n`-th fact of this account.

    `last_equity` is the equity at the last close, `multiplier` 1 for a cash account, 2 or 4 with margin; None where
    the broker does not say. `refuses_wash_trades`: the broker takes no order that could trade with one of ours that is
    open on the other side.
    """

    account: Token
    n: int
    status: str
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    positions: tuple[Holding, ...]
    at: datetime
    last_equity: Decimal | None = None
    multiplier: Decimal | None = None
    maintenance_margin: Decimal | None = None
    refuses_wash_trades: bool = False


class HoldingSplit(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """The broker's count of a holding changed because of a split: `new_rate` shares stand for `old_rate` now.

    What is left of a fraction that the broker pays out in cash is not among `qty_after`.
    """

    account: Token
    n: int
    symbol: Symbol
    action_id: Token
    old_rate: Decimal
    new_rate: Decimal
    qty_before: Decimal
    qty_after: Decimal
    at: datetime


class DriftKind(StrEnum):
    """What can differ between the executor's book and the broker."""

    FILL_MISSED = "fill_missed"
    STATUS_BEHIND = "status_behind"
    ORDER_RESOLVED = "order_resolved"
    ORDER_REPLACED = "order_replaced"
    EXTERNAL_FILL = "external_fill"
    EXTERNAL_ORDER = "external_order"
    ORDER_DENIED = "order_denied"
    QUANTITY_DRIFT = "quantity_drift"
    CASH_DRIFT = "cash_drift"
    MISSING_STOP = "missing_stop"


class DriftFound(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Reconciliation saw the broker differ from the book, twice in a row.

    It stands until `DriftResolved` of the same difference, symbol and order. While one that `freezes` stands, nothing
    is added to its symbol, unless a person resumed meanwhile. The symbol of cash is USD.
    """

    account: Token
    n: int
    difference: DriftKind
    symbol: Symbol
    ours: str
    theirs: str
    at: datetime
    client_order_id: str = ""
    freezes: bool = False


class DriftResolved(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """A drift that was told is there no more."""

    account: Token
    n: int
    difference: DriftKind
    symbol: Symbol
    at: datetime
    client_order_id: str = ""
