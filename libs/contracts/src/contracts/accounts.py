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
    """The account as the broker sees it; the `n`-th fact of this account."""

    account: Token
    n: int
    status: str
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    positions: tuple[Holding, ...]
    at: datetime


class DriftKind(StrEnum):
    EXTERNAL_ORDER = "external_order"
    QUANTITY_DRIFT = "quantity_drift"
    MISSING_STOP = "missing_stop"


class DriftFound(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Reconciliation saw the broker differ from the book."""

    account: Token
    n: int
    difference: DriftKind
    symbol: Symbol
    ours: str
    theirs: str
    at: datetime
