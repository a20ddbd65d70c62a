"""What the executor asks of a broker, and the three ways in which an answer can fail to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from contracts.accounts import Holding
from contracts.lifecycle import OrderStatus
from contracts.market import SplitAnnounced
from contracts.values import OrderType, Side, TimeInForce


class BrokerUnavailableError(Exception):
    """The broker accepted nothing, by proof: no connection was made, or it said so itself. `after` in seconds."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class OrderRefusedError(Exception):
    """A clear no; `status` is HTTP's, if any.

    `duplicate`: the client_order_id may be what the broker knows already. `whole_only`: this asset has no fractions.
    """

    def __init__(
        self, code: str, reason: str, *, status: int = 0, duplicate: bool = False, whole_only: bool = False
    ) -> None:
        super().__init__(f"{code}: {reason}")
        self.code, self.reason, self.status = code, reason, status
        self.duplicate, self.whole_only = duplicate, whole_only


class OutcomeUnknownError(Exception):
    """Nobody knows whether the broker did it: a timeout, a lost connection, a 5xx, an answer that cannot be read."""


class OrderClass(StrEnum):
    """What hangs together: nothing; two exits of which one trades; an entry with both; an entry with one."""

    SIMPLE = "simple"
    OCO = "oco"
    BRACKET = "bracket"
    OTO = "oto"


class Ticket(Struct, frozen=True, kw_only=True):
    """An order to place. `take_profit` and `stop_loss` are the prices of a group's exits, the type is the entry's.

    An OCO is all exits: its type is limit, its side the exits'. With `notional` it is for so many dollars, and `qty`
    is only what they are thought to buy. A trailing stop stays `trail_percent` behind the best
    price: 1 means 1 %. One that `closes` is taken only while there is a position that it reduces.
    """

    client_order_id: str
    symbol: str
    side: Side
    qty: Decimal
    type: OrderType
    time_in_force: TimeInForce
    order_class: OrderClass = OrderClass.SIMPLE
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_percent: Decimal | None = None
    notional: Decimal | None = None
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    extended_hours: bool = False
    closes: bool = False


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a broker can do; what it cannot, the executor does otherwise or leaves.

    `unique_client_ids`: a client_order_id is refused for ever once it was used, which makes a second submit harmless.
    Without it a submit whose outcome is not known is never made again.
    `bracket`: the types of an entry that brings its exits along. `extended_hours`: limit orders trade before and
    after the hours too. `refuses_wash_trades`: no order is taken that could trade with an open one of the other side.
    `notional`: market and limit orders of the day may be for an amount of dollars. `replace`: the price of a stop that
    rests can be changed. `splits`: they are announced.
    """

    unique_client_ids: bool
    fractional: bool
    oco: bool
    bracket: frozenset[OrderType]
    trailing: bool
    extended_hours: bool
    refuses_wash_trades: bool
    notional: bool = False
    replace: bool = False
    splits: bool = False


class BrokerOrder(Struct, frozen=True, kw_only=True):
    """An order as the broker shows it, with the legs of its group where the answer named them.

    `replaces` is the broker_order_id of the order whose place it took when somebody changed that one, `replaced_by` of
    the one that takes its own. `grouped`: it is of a bracket, an OCO or an OTO. With `notional` it is for so many
    dollars, and `qty` is what they have bought.
    """

    broker_order_id: str
    client_order_id: str
    symbol: str
    side: Side
    qty: Decimal
    type: OrderType
    time_in_force: TimeInForce
    status: OrderStatus
    updated_at: datetime
    filled_qty: Decimal = Decimal(0)
    filled_avg_price: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    notional: Decimal | None = None
    replaces: str = ""
    replaced_by: str = ""
    grouped: bool = False
    legs: tuple[BrokerOrder, ...] = ()


class Execution(Struct, frozen=True, kw_only=True):
    """One execution as a stream tells of it."""

    execution_id: str
    qty: Decimal
    price: Decimal


class Balance(Struct, frozen=True, kw_only=True):
    """The last three as in `contracts.accounts.AccountSnapshot`."""

    status: str
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    last_equity: Decimal | None = None
    multiplier: Decimal | None = None
    maintenance_margin: Decimal | None = None


class Asset(Struct, frozen=True, kw_only=True):
    """What may be done with a symbol; false too where the broker does not say. `status` is empty where it says none."""

    tradable: bool
    fractionable: bool = False
    shortable: bool = False
    status: str = ""
    name: str = ""
    exchange: str = ""


class ClockReading(Struct, frozen=True, kw_only=True):
    """Market time as the broker says it, UTC."""

    at: datetime
    is_open: bool
    next_open: datetime
    next_close: datetime


class Allowance(Struct, frozen=True):
    """What the broker says is left of its limit, and in how many seconds that begins anew (0: it does not say)."""

    remaining: int
    limit: int
    resets_in: float = 0.0


class Broker(Protocol):
    """Blocking calls, each with a deadline of its own, safe to make from several threads at once.

    Each may raise `BrokerUnavailableError`, `OrderRefusedError` or `OutcomeUnknownError`, and nothing else.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def allowance(self) -> Allowance | None: ...

    def submit(self, ticket: Ticket) -> BrokerOrder: ...
    def cancel(self, broker_order_id: str) -> None: ...

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        """Change the price of a stop; where the broker makes another order of it, give that one."""
        ...

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        """Find an order with its legs; None is the broker's own word that it knows none."""
        ...

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None: ...
    def open_orders(self) -> Sequence[BrokerOrder]: ...

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        """List orders submitted after a moment of market time, whatever became of them."""
        ...

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        """List the splits of these days, at most 90, that are announced, of all symbols."""
        ...

    def positions(self) -> Sequence[Holding]: ...
    def account(self) -> Balance: ...
    def clock(self) -> ClockReading: ...

    def asset(self, symbol: str) -> Asset | None:
        """Look a symbol up; None is the broker's own word that it knows none."""
        ...
