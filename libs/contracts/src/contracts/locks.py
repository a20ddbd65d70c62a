"""What the gate shuts by itself when trading goes badly, and for how long."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from contracts.values import MaybeSymbol, Token, TradingState


class LockKind(StrEnum):
    DAILY_LOSS = "daily_loss"
    DRAWDOWN = "drawdown"
    CONSECUTIVE_LOSSES = "consecutive_losses"
    STOP_LOSSES = "stop_losses"
    COOL_DOWN = "cool_down"


class Locked(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """No entries of this account (where not empty: strategy, symbol) until market time is `until`.

    None: until a person resumes, which ends any lock before its time. `reason` is for people, and says what would
    have to happen; `value` and `limit` are what it was held against.
    """

    lock_id: Token
    account: Token
    lock: LockKind
    level: TradingState
    reason: str
    value: str
    limit: str
    at: datetime
    until: datetime | None = None
    strategy: str = ""
    symbol: MaybeSymbol = ""
