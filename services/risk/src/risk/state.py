"""What the gate knows: limits, market time, prices, what is held, what may yet be held, who waits."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TypeVar, cast

from msgspec import NODEFAULT, Struct, field, structs

from contracts.accounts import AccountSnapshot, DriftFound
from contracts.control import GateSwitched, Halted
from contracts.layers import LimitLayers
from contracts.limits import Limits
from contracts.locks import Locked
from contracts.market import AssetReported, Quote, TradingStatus
from contracts.previews import PreviewAsked
from contracts.sessions import Session
from contracts.signals import Action, Signal
from contracts.values import Mode
from risk.equity import Equity
from risk.pace import Pace
from risk.results import Results
from risk.trips import DayTrips

T = TypeVar("T", bound=Struct)

ZERO = Decimal(0)


class Entry(Struct, frozen=True, kw_only=True):
    """An approved entry that may still fill: at most `qty` in all, of which `filled` already counts as position.

    An `external` one is an order to buy that somebody else placed. `price` is what a share was to cost.
    With `notional` it buys for so many dollars, of which `spent` are gone, however many shares that makes.
    """

    symbol: str
    qty: Decimal
    price: Decimal
    strategy: str = ""
    filled: Decimal = ZERO
    notional: Decimal | None = None
    spent: Decimal = ZERO
    external: bool = False

    @property
    def is_over(self) -> bool:
        """Say that nothing more can come of it. An order for dollars ends when the broker says so."""
        return self.notional is None and self.filled >= self.qty

    @property
    def remaining(self) -> Decimal:
        """Say how many shares it may still buy, where it is for shares."""
        return max(self.qty - self.filled, ZERO) if self.notional is None else ZERO

    @property
    def amount(self) -> Decimal:
        """Say how many dollars it may still spend, where it is for dollars."""
        return ZERO if self.notional is None else max(self.notional - self.spent, ZERO)

    @property
    def cost(self) -> Decimal:
        return self.remaining * self.price + self.amount


class Position(Struct, kw_only=True):
    """Shares of one symbol, below zero when short, and those that approved entries may still buy (`pending`).

    Entries for dollars may still buy for the `amount`, which makes more shares the lower the price is.
    `filled` is the sum of our fills, `external` what the broker holds beyond it, `doubt` the difference that the
    newest snapshot showed, None since a fill. `spent` is what buys have cost that no snapshot has shown yet. `lots`
    are the shares held of each entry that is held or pending, `lots_qty` is their sum; sells are taken from the oldest.
    `orders` counts the open orders of others. `mark` is the price that it is counted at, 0 while nobody has named one,
    `counted` what the sums of the state hold of it, None while it is not open.
    """

    filled: Decimal = ZERO
    external: Decimal = ZERO
    pending: Decimal = ZERO
    amount: Decimal = ZERO
    doubt: Decimal | None = None
    spent: Decimal = ZERO
    lots: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    lots_qty: Decimal = ZERO
    orders: int = 0
    mark: Decimal = ZERO
    counted: Decimal | None = None

    @property
    def qty(self) -> Decimal:
        return self.filled + self.external

    @property
    def is_open(self) -> bool:
        return bool(self.qty or self.pending or self.amount)

    @property
    def entries(self) -> int:
        """Count the entries that are held or pending; what no entry of ours brought or brings counts as one more."""
        return len(self.lots) + (abs(self.qty) > self.lots_qty or self.orders > 0)

    def worth(self, price: Decimal) -> Decimal:
        """Say how many dollars it is at a price, once everything pending has been bought; short shares count too."""
        return (abs(self.qty) + self.pending) * price + self.amount


class Waiting(Struct, frozen=True, kw_only=True):
    """A signal without a verdict yet: when it came (market time) and how many ticks ago.

    One that is only asked about is a `preview`: the question, which nothing follows from.
    """

    signal: Signal
    came: datetime
    ticks: int = 0
    preview: PreviewAsked | None = None


class Coming(Struct, frozen=True):
    """A split to come, so many shares for so many. `opened`: its session has begun with shares of before it held."""

    action_id: str
    ex_date: date
    rates: str
    opened: bool = False


class State(Struct, kw_only=True):
    """Everything that a verdict of this account depends on.

    `limits` are those of the account; what was set for single strategies and symbols stands in `layers`. A rule sees
    the limits that hold for its signal. `halts` and `locks` are by id.
    `entries` and `unknown` are by client_order_id, `waiting` by signal_id, the rest by symbol; `recent` is the market
    time of the last approval, by symbol and action; `drifts` are the differences to the broker that freeze a symbol.
    `splits` are those whose count has not come, `divided` those whose has, by action.
    `statuses` holds the symbols that the exchange has halted, `sells` the types of the open orders to sell, by symbol
    and client_order_id, that no order to buy may meet. `session_entries` counts what was approved on
    `session_day`, by session and setup.
    `allocated` are the dollars that the signals of a batch, or of the day `allocated_on`, have equal parts in.
    `reserved` are the dollars that are promised to entries or spent and that the newest snapshot may not show, `slots`
    counts the symbols with a position or a pending entry. `gross` is what all of these are worth, `by_sector` the same
    by sector, `unpriced` names those of them without a price. These and the sums of a position are kept, not counted
    each time, so that a verdict costs the same however much is open.
    """

    account: str
    limits: Limits = Limits()
    layers: LimitLayers = field(default_factory=LimitLayers)
    mode: Mode = Mode.MANUAL
    gate: GateSwitched | None = None
    halts: dict[str, Halted] = field(default_factory=dict[str, Halted])
    locks: dict[str, Locked] = field(default_factory=dict[str, Locked])
    sessions: tuple[Session, ...] = ()
    session_day: date | None = None
    session_entries: dict[str, int] = field(default_factory=dict[str, int])
    sectors: dict[str, str] = field(default_factory=dict[str, str])
    earnings: dict[str, tuple[date, ...]] = field(default_factory=dict[str, tuple[date, ...]])
    now: datetime | None = None
    is_open: bool = False
    next_close: datetime | None = None
    snapshot: AccountSnapshot | None = None
    equity: Equity = Equity()
    results: Results = field(default_factory=Results)
    prices: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    quotes: dict[str, Quote] = field(default_factory=dict[str, Quote])
    assets: dict[str, AssetReported] = field(default_factory=dict[str, AssetReported])
    statuses: dict[str, TradingStatus] = field(default_factory=dict[str, TradingStatus])
    positions: dict[str, Position] = field(default_factory=dict[str, Position])
    reserved: Decimal = ZERO
    slots: int = 0
    gross: Decimal = ZERO
    by_sector: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    unpriced: dict[str, bool] = field(default_factory=dict[str, bool])
    pace: Pace = field(default_factory=Pace)
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    unknown: dict[str, str] = field(default_factory=dict[str, str])
    sells: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    trips: DayTrips = field(default_factory=DayTrips)
    splits: dict[str, tuple[Coming, ...]] = field(default_factory=dict[str, tuple[Coming, ...]])
    divided: dict[str, bool] = field(default_factory=dict[str, bool])
    drifts: dict[str, DriftFound] = field(default_factory=dict[str, DriftFound])
    allocated_on: date | None = None
    allocated: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    recent: dict[str, datetime] = field(default_factory=dict[str, datetime])
    waiting: dict[str, Waiting] = field(default_factory=dict[str, Waiting])

    def position(self, symbol: str) -> Position:
        """Give the position to read; an empty one where there is none."""
        return self.positions.get(symbol) or Position()


def copied(original: T) -> T:
    """Give a state, or a part of it, to try things on: of its own is whatever changes in place, the rest is shared."""
    own = copy(original)
    for name in _made_for_each(type(original)):
        setattr(own, name, _unshared(getattr(original, name)))
    return own


@cache
def _made_for_each(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(one.name for one in structs.fields(kind) if one.default_factory is not NODEFAULT)


def _unshared(value: object) -> object:
    if isinstance(value, dict):
        things = cast("dict[str, object]", value)
        # What stands in a dict is of one kind, and a look at each of thousands of quotes would cost more than the copy.
        some = next(iter(things.values()), None)
        return {key: _unshared(one) for key, one in things.items()} if _changes(some) else things.copy()
    if isinstance(value, list):
        return cast("list[object]", value).copy()
    return copied(value) if isinstance(value, Struct) else value


def _changes(value: object) -> bool:
    return isinstance(value, dict | list) or (isinstance(value, Struct) and not value.__struct_config__.frozen)


def recent_key(symbol: str, action: Action) -> str:
    return f"{symbol} {action}"
