"""One symbol: its shares in parts, each with its levels, and the orders about them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field

from contracts.exits import ExitReason
from contracts.values import Token, derived_id
from position_manager.book.order import ZERO, Entry, Order
from position_manager.book.strangers import Strangers


class Part(Struct, frozen=True, kw_only=True):
    """Shares of one entry fill that share one fate: covered by one order, staying or leaving.

    `bought` is when that was, `best` the highest price since then, as far as anything needs it. `strategy` is whose
    entry it was. `order` is the exit_id of the order that covers them, empty where none does. `attempts` counts the
    orders made for them, `closes` those that were to sell them at market. `because` is the reason of the protection
    that comes next. `leaving` says why they are to be sold, for the approval or command `approval_id` if a signal or a
    person asked. They are `deferred` when that failed and the market is closed: protection rests until it opens. Until
    `wait` ticks have passed, nothing is tried again. Those that are `early` have a nearer target than the rest. Those
    that are `alone` were to be protected by exits that come with the entry; it says why these did not.
    """

    part_id: Token
    execution_id: str
    qty: Decimal
    entry_price: Decimal
    stop_price: Decimal
    target_price: Decimal
    best: float
    bought: datetime | None = None
    strategy: str = ""
    order: str = ""
    early: bool = False
    attempts: int = 0
    closes: int = 0
    splits: int = 0
    refusals: int = 0
    because: ExitReason = ExitReason.ENTRY_FILLED
    leaving: ExitReason | None = None
    approval_id: str = ""
    deferred: bool = False
    wait: int = 0
    alone: str = ""

    @property
    def whole(self) -> bool:
        return self.qty == self.qty.to_integral_value()

    @property
    def next_id(self) -> str:
        """Name the order that is made for these shares next."""
        return derived_id(self.part_id, self.attempts) if self.attempts else self.part_id


class Levels(Struct, frozen=True):
    """Where a signal wants its position left; None: where the limits do. `strategy` is the signal's.

    `bracket` is for how many shares the entry is, where it is to bring its exits along: 0 where it is not.
    """

    stop: Decimal | None = None
    target: Decimal | None = None
    strategy: str = ""
    bracket: Decimal = ZERO


class Position(Struct, frozen=True, kw_only=True):
    """Everything about one symbol. `opened` is the market time of the first entry fill since it was last flat.

    `orders` are by exit_id, `entries` by client_order_id, `strangers` the orders of others in this symbol. `missing` is
    what the last account snapshot had less than we think, None if nothing.
    `given_up` are shares that were written off because the broker had them no more: a fill of ours that is told of
    late may explain them. `price` is what a share was surely worth at `priced_at`, 0 where that is not known; `doubted`
    is a price that one quote alone told of and that lies far from the last trade. `late_refusals` counts the sales
    outside the hours that were refused since the market was open.
    """

    symbol: str
    opened: datetime
    parts: tuple[Part, ...] = ()
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    price: float = 0.0
    priced_at: datetime | None = None
    doubted: float = 0.0
    missing: Decimal | None = None
    given_up: Decimal = ZERO
    late_refusals: int = 0
    strangers: Strangers = Strangers()

    @property
    def held(self) -> Decimal:
        return sum((part.qty for part in self.parts), ZERO)

    @property
    def open_qty(self) -> Decimal:
        """Say how many shares our orders may still sell."""
        return sum((order.open_qty for order in self.orders.values()), ZERO)

    @property
    def free_qty(self) -> Decimal:
        """Say how many shares neither an order of ours nor one of a stranger may sell."""
        return self.held - self.open_qty - self.strangers.held

    def covered_by(self, exit_id: str) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.order == exit_id)
