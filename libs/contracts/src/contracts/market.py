"""The market as deciders see it. Prices are floats here; what becomes an order is rounded as Decimal."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from contracts.values import Symbol, Token


class Quote(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Best bid and ask in dollars; 0 where a side is empty, then `last` is what remains."""

    symbol: Symbol
    bid: float
    ask: float
    at: datetime
    last: float = 0.0


class Bar(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """`at` is the start of the bar; volume in shares."""

    symbol: Symbol
    timeframe: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    at: datetime


class Tick(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Market time: the only clock that deciders know."""

    at: datetime
    is_open: bool
    next_open: datetime
    next_close: datetime


class AssetReported(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """What the broker says may be done with a symbol. `known` is false where it has no such asset."""

    symbol: Symbol
    known: bool
    tradable: bool
    fractionable: bool
    shortable: bool
    at: datetime
    name: str = ""
    exchange: str = ""
    status: str = ""


class TradingStatus(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """The exchange halted a symbol, or let it trade again; `reason` in its own words."""

    symbol: Symbol
    halted: bool
    reason: str
    at: datetime


class SplitAnnounced(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """From the session of `ex_date` on, `new_rate` shares stand for `old_rate`, and prices accordingly.

    A dividend in shares is a split too; in a reverse split `new_rate` is the smaller one. Told once.
    """

    action_id: Token
    symbol: Symbol
    old_rate: Decimal
    new_rate: Decimal
    ex_date: date


def mark(quote: Quote) -> float:
    """Say what a share costs to buy: the ask, else the last trade, else the bid, else 0."""
    return quote.ask or quote.last or quote.bid
