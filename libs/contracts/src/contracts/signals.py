"""What comes in: trading signals, and what was refused at the door."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from contracts.values import MaybeToken, Symbol, Token

Confidence = Annotated[float, Meta(ge=0, le=1)]


class Source(StrEnum):
    WS = "ws"
    WEBHOOK = "webhook"
    FILE = "file"
    STRATEGY = "strategy"
    MANUAL = "manual"
    IDEA = "idea"


class Action(StrEnum):
    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


class Signal(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Somebody's wish to trade. `at` is market time as the sender says it, UTC.

    It is for every account, or for the one `account`: then the others give no verdict.
    `stop_loss` and `take_profit` are prices. `batch` names the signals that came together, `batch_size` counts them.
    """

    signal_id: Token
    source: Source
    symbol: Symbol
    action: Action
    confidence: Confidence
    at: datetime
    qty: Decimal | None = None
    strategy: str = ""
    by: str = ""
    why: str = ""
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    batch: str = ""
    batch_size: Annotated[int, Meta(ge=0, le=100_000)] = 0
    account: MaybeToken = ""


class SignalRefused(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """A message that never became a signal: `code` for machines, `reason` for people.

    `received` is the beginning of what arrived (at most 2,000 characters); `size` is its whole length in bytes.
    """

    refusal_id: Token
    source: Source
    code: str
    reason: str
    received: str
    size: int
    signal_id: str = ""
