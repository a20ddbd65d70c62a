"""What the position manager knows: every open position, its parts, and the orders of ours that sell them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, field

from contracts.commands import FlattenAsked
from contracts.exits import ExitReason
from contracts.layers import LimitLayers, narrowed
from contracts.lifecycle import TERMINAL, WORKING, OrderStatus
from contracts.limits import Limits
from contracts.orders import Purpose
from contracts.values import Token, derived_id
from position_manager.daily_ranges import Day
from position_manager.ranges import Ranges
from position_manager.splits import Split, Splits
from position_manager.strangers import Strangers

ZERO = Decimal(0)

LEG_TICKS = 90
"""A group whose stop leg was never told of may yet be selling. The executor looks at every order once a minute."""
KEEP_LEVELS = 2_000
"""Approvals whose levels are remembered: more than can be on their way to their fills."""
KEEP_TICKS = 180
"""A fill may cross the end of its order on the wire, so an ended order is remembered this long."""

_REFUSED = frozenset({OrderStatus.REJECTED, OrderStatus.WITHHELD})


class Market(Struct, frozen=True, kw_only=True):
    """What is the same for all positions. Market time, the next open and the next close are None until the first tick.

    `last_close` is the end of the session before, as far as one was seen to end.

    `limits` are the account's; what was set for single strategies and symbols stands in `layers`. `earnings` are the
    days on which companies report, by symbol, and `splits` what was announced of these.
    """

    limits: Limits = Limits()
    layers: LimitLayers = field(default_factory=LimitLayers)
    earnings: dict[str, tuple[date, ...]] = field(default_factory=dict[str, tuple[date, ...]])
    splits: Splits = field(default_factory=dict[str, tuple[Split, ...]])
    now: datetime | None = None
    is_open: bool = False
    next_open: datetime | None = None
    next_close: datetime | None = None
    last_close: datetime | None = None

    def limits_of(self, account: str, symbol: str, strategy: str = "") -> Limits:
        return narrowed(self.layers, self.limits, account, strategy, symbol)


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


class Member(Struct, frozen=True, kw_only=True):
    """One order of a group as the broker last told of it. Silence means: it may be working."""

    status: OrderStatus = OrderStatus.SUBMITTING
    filled: Decimal = ZERO
    stop_price: Decimal | None = None


class Moving(Struct, frozen=True, kw_only=True):
    """The wishes to raise a stop: how many there were, how often the answer was no, the next in `wait` ticks."""

    count: int = 0
    refusals: int = 0
    wait: int = 0
    is_impossible: bool = False


class Order(Struct, frozen=True, kw_only=True):
    """One order of ours, or a group of two (`oco`), which counts once.

    `members` are by client_order_id, the parent's is the exit_id. `cancels` counts how often it was taken back, the
    next time in `cancel_wait` ticks at the earliest; `quiet` counts the ticks since the broker last told of an end.
    `limit_price` is that of a sale outside the hours, `missed` the ticks since it is no longer how to sell. One that is
    `outdated` has the prices of shares from before a split.
    The exits that an entry brought are a `bracket` under the entry's id: `asleep` until the entry is complete, and for
    as many shares as it has bought. `stop_price` is where the stop rests by the broker's word, `moving` what came of
    wishes to raise it.
    """

    purpose: Purpose
    qty: Decimal
    oco: bool = False
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    cancels: int = 0
    cancel_wait: int = 0
    quiet: int = 0
    outdated: bool = False
    limit_price: Decimal | None = None
    missed: int = 0
    bracket: bool = False
    asleep: bool = False
    stop_price: Decimal | None = None
    moving: Moving = Moving()

    @property
    def sold(self) -> Decimal:
        return sum((member.filled for member in self.members.values()), ZERO)

    @property
    def booked(self) -> Decimal:
        """Say how many sold shares count: exits at work prove that shares came which were not told of yet."""
        return min(self.sold, self.qty) if self.asleep else self.sold

    @property
    def open_qty(self) -> Decimal:
        """Say how many shares it may still sell."""
        return ZERO if self.ended else max(self.qty - self.sold, ZERO)

    @property
    def over(self) -> bool:
        """Say whether nothing more is expected of the members that the broker has told of."""
        told = bool(self.members) or self.bracket
        return not self.asleep and (
            self.sold >= self.qty or (told and all(member.status in TERMINAL for member in self.members.values()))
        )

    @property
    def ended(self) -> bool:
        whole = self.is_whole or self.refused or self.sold >= self.qty
        return self.over and (whole or self.quiet >= LEG_TICKS)

    @property
    def is_whole(self) -> bool:
        """Say whether all of its members were told of. Protection that was replaced has a successor."""
        replaced = [one for one in self.members.values() if one.status is OrderStatus.REPLACED]
        successors = len(replaced) if self.purpose is Purpose.PROTECT else 0
        return len(self.members) >= (2 if self.oco else 1) + successors

    @property
    def refused(self) -> bool:
        return any(member.status in _REFUSED for member in self.members.values())

    @property
    def expired(self) -> bool:
        return any(member.status is OrderStatus.EXPIRED for member in self.members.values())

    @property
    def known(self) -> bool:
        """Say whether it works at the broker for certain, so that it can be taken back."""
        return not self.asleep and any(member.status in WORKING for member in self.members.values())


class Entry(Struct, frozen=True, kw_only=True):
    """An entry that works at the broker: how often it was taken back, the next time in `wait` ticks at the earliest.

    One that is `grouped` brings its exits along; `partial` counts the ticks since it has bought some of its shares.
    """

    cancels: int = 0
    wait: int = 0
    grouped: bool = False
    partial: int = 0


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


class Gap(Struct, frozen=True):
    """Shares of one entry fill without protection, as was last told: so many, at `most` so many, since then."""

    qty: Decimal
    most: Decimal
    share_seconds: float
    since: datetime


class Commands(Struct, frozen=True, kw_only=True):
    """What people ordered and what holds on.

    `kills` are the kill switches' commands by their halts; `external`, by their ids, the commands that want strangers'
    shares sold too; `strays` is how many of these there were in the last snapshot, by symbol.
    """

    kills: dict[str, str] = field(default_factory=dict[str, str])
    external: dict[str, FlattenAsked] = field(default_factory=dict[str, FlattenAsked])
    strays: dict[str, Decimal] = field(default_factory=dict[str, Decimal])


class State(Struct, kw_only=True):
    """The fold of the log for one account; positions are by symbol, levels by approval, for those that name any.

    `ranges`, of minutes, and `daily_ranges` are by symbol. `gaps` are shares without protection, by symbol and entry
    fill; `coverage_n` counts what was told of them.
    """

    account: str
    market: Market = Market()
    ranges: dict[str, Ranges] = field(default_factory=dict[str, Ranges])
    daily_ranges: dict[str, tuple[Day, ...]] = field(default_factory=dict[str, tuple[Day, ...]])
    levels: dict[str, Levels] = field(default_factory=dict[str, Levels])
    positions: dict[str, Position] = field(default_factory=dict[str, Position])
    commands: Commands = Commands()
    gaps: dict[str, dict[str, Gap]] = field(default_factory=dict[str, dict[str, Gap]])
    coverage_n: int = 0
