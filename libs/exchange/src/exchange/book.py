"""Orders: what was asked for, and where it stands."""

from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from hashlib import sha1
from uuid import UUID

from msgspec import Struct


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    DAY = "day"
    GTC = "gtc"
    OPG = "opg"
    CLS = "cls"
    IOC = "ioc"
    FOK = "fok"


class OrderClass(StrEnum):
    SIMPLE = "simple"
    BRACKET = "bracket"
    OCO = "oco"
    OTO = "oto"


class Status(StrEnum):
    PENDING_NEW = "pending_new"
    ACCEPTED = "accepted"
    HELD = "held"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"


ENDED = frozenset({Status.FILLED, Status.CANCELED, Status.EXPIRED, Status.REJECTED, Status.REPLACED})
WAITING = frozenset({Status.PENDING_NEW, Status.ACCEPTED})
PENDING = frozenset({Status.PENDING_CANCEL, Status.PENDING_REPLACE})
STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
SET_OFF = STOPS | {OrderType.TRAILING_STOP}  # by a trade at their stop price or beyond
LIMITS = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
AUCTIONS = frozenset({TimeInForce.OPG, TimeInForce.CLS})


class Session(StrEnum):
    CLOSED = "closed"
    PRE = "pre"
    REGULAR = "regular"
    AFTER = "after"


class Moment(Struct, frozen=True):
    """When a step happens. Times are nanoseconds since 1970, UTC."""

    now: int
    session: Session
    closes_at: int  # the close of this regular session, or of the next one once it has closed
    ends_at: int  # when trading after the hours ends on that day
    settles: str  # the date on which an execution of this moment settles
    minute: int  # minutes since midnight in New York

    @property
    def is_open(self) -> bool:
        return self.session is Session.REGULAR


class Exit(Struct, frozen=True):
    """The take-profit or stop-loss member of a request."""

    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


class Ticket(Struct, frozen=True):
    """An order as asked for, before anything about it is believed."""

    symbol: str = ""
    side: str = ""
    type: str = ""
    time_in_force: str = ""
    order_class: str = "simple"
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    client_order_id: str | None = None
    position_intent: str | None = None
    take_profit: Exit | None = None
    stop_loss: Exit | None = None


class Amendment(Struct, frozen=True):
    """What a replacement changes; None leaves a member as it is."""

    qty: Decimal | None = None
    time_in_force: str | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    client_order_id: str | None = None


class Order(Struct, frozen=True, omit_defaults=True, gc=False):
    id: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    order_class: OrderClass
    status: Status
    created_at: int
    updated_at: int
    submitted_at: int
    expires_at: int
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    hwm: Decimal | None = None  # the best trade price since a trailing stop was placed
    extended_hours: bool = False
    closes: bool = False  # whether it was placed to reduce a position
    doomed: bool = False  # the venue is going to reject it
    due: int | None = None  # when its way to the market, its cancel or its replacement is done
    parent_id: str | None = None
    legs: tuple[str, ...] = ()
    triggered: bool = False  # a stop that has met its price
    filled_qty: Decimal = Decimal(0)
    filled_avg_price: Decimal | None = None
    filled_at: int | None = None
    expired_at: int | None = None
    canceled_at: int | None = None
    failed_at: int | None = None
    replaced_at: int | None = None
    replaced_by: str | None = None
    replaces: str | None = None
    cancel_requested_at: int | None = None


def identity(seed: str, *parts: object) -> str:
    """Name a thing: the same parts give the same id, another seed gives another."""
    # A UUID of version 5, spelled out: to make one by way of `uuid` took a quarter of the time of an order.
    digest = bytearray(sha1(_namespace(seed) + "/".join(map(str, parts)).encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=1024)
def _namespace(seed: str) -> bytes:
    return UUID(seed).bytes


def ended(order: Order) -> bool:
    return order.status in ENDED


def remaining(order: Order) -> Decimal:
    """Shares still to fill; 0 for a notional order, whose shares its price decides."""
    return Decimal(0) if order.qty is None else order.qty - order.filled_qty
