"""What the gate says: exactly one verdict per signal and account."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from contracts.signals import Source
from contracts.values import OrderType, Side, Symbol, TimeInForce, Token


class Check(Struct, frozen=True, kw_only=True):
    """One rule's answer: what it looked at and what it holds it against."""

    rule: str
    passed: bool
    value: str
    limit: str


class OrderApproved(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """An entry that may be placed. Its id is the order's `client_order_id`; stale after `expires_at` (market time).

    `take_profit` and `stop_loss` are exits to go with the entry, where the broker takes them as one group.
    With `notional` the order is for so many dollars, and `qty` is what they buy at the reference price.
    `stop_price` and `target_price` are where the position manager protects it, where its signal says so and not the
    exit policy. `protection` says in words where its protection will rest, and why there.
    """

    approval_id: Token
    signal_id: Token
    account: Token
    source: Source
    symbol: Symbol
    side: Side
    qty: Decimal
    type: OrderType
    time_in_force: TimeInForce
    reference_price: Decimal
    at: datetime
    expires_at: datetime
    checks: tuple[Check, ...]
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    extended_hours: bool = False
    strategy: str = ""
    protection: str = ""


class ExitApproved(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """A signal to leave a held position; the position manager carries it out. `qty` of None means all of it."""

    approval_id: Token
    signal_id: Token
    account: Token
    source: Source
    symbol: Symbol
    at: datetime
    checks: tuple[Check, ...]
    qty: Decimal | None = None


class OrderDenied(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Our refusal (a broker's is a rejection): the first rule that was broken, with its value and limit."""

    denial_id: Token
    signal_id: Token
    account: Token
    source: Source
    symbol: Symbol
    code: str
    reason: str
    value: str
    limit: str
    at: datetime
    checks: tuple[Check, ...]
