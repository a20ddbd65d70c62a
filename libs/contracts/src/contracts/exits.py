"""What the position manager wants done: protect, cancel, close."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from contracts.values import Symbol, TimeInForce, Token


class ExitReason(StrEnum):
    ENTRY_FILLED = "entry_filled"
    PROTECTION_LOST = "protection_lost"
    PROTECTION_REJECTED = "protection_rejected"
    SIGNAL = "signal"
    TARGET = "target"
    TIME_STOP = "time_stop"
    BREAK_EVEN = "break_even"
    GAVE_BACK = "gave_back"
    TRAILED = "trailed"
    END_OF_DAY = "end_of_day"
    EARNINGS = "earnings"
    REMAINDER = "remainder"
    SPLIT = "split"
    COMMAND = "command"


class PlaceProtection(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Let a stop rest at the broker, with a target beside it (OCO) where there is one. Its id is the order's id.

    `why` says in words why it rests in this form.
    """

    exit_id: Token
    account: Token
    symbol: Symbol
    qty: Decimal
    stop_price: Decimal
    target_price: Decimal | None
    time_in_force: TimeInForce
    reason: ExitReason
    execution_id: str
    at: datetime
    why: str = ""


class MoveProtection(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Raise the stop of a protection that rests, without taking it back; its target stays.

    `client_order_id` names the protection, as in `CancelProtection`; `exit_id` is this wish's own.
    """

    exit_id: Token
    account: Token
    symbol: Symbol
    client_order_id: Token
    stop_price: Decimal
    reason: ExitReason
    at: datetime


class CancelProtection(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Take one resting protection away, its whole group, or an entry that is in an exit's way.

    `client_order_id` names the order.
    """

    exit_id: Token
    account: Token
    symbol: Symbol
    client_order_id: Token
    reason: ExitReason
    at: datetime


class ClosePosition(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Sell `qty` at market, or at `limit_price` or better, which trading before and after the hours needs.

    Its id is the order's id; `cause_id` names the approval or execution behind it.
    """

    exit_id: Token
    account: Token
    symbol: Symbol
    qty: Decimal
    reason: ExitReason
    cause_id: str
    at: datetime
    limit_price: Decimal | None = None
    extended_hours: bool = False


class MarkRaised(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """The highest price so far of the shares that these executions bought.

    What trails behind it is worked out from this fact alone: the quote that reached it will age out of the log.
    """

    mark_id: Token
    account: Token
    symbol: Symbol
    price: float
    execution_ids: tuple[str, ...]
    at: datetime


class CoverageChanged(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """So many shares of one entry fill are now covered by no order that is known to rest at the broker, nor being sold.

    0: all are covered, or gone. `share_seconds` is what this time without protection adds up to so far, in seconds of
    market time times shares, and `most` how many shares it were at most. It is the `n`-th fact of this kind.
    """

    account: Token
    n: int
    execution_id: str
    symbol: Symbol
    uncovered: Decimal
    most: Decimal
    share_seconds: float
    at: datetime
