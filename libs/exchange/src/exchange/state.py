"""All that the exchange remembers, the changes that made it, and how a change is applied."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from exchange.accounts import Account, Configuration, Fill, Watchlist, settle, write
from exchange.book import Order, Session, identity
from exchange.dividing import divide
from exchange.fills import Print
from exchange.split import Split, print_after, rated


class State(Struct):
    seed: str  # a UUID; every id of this exchange grows from it
    time: int = 0  # market time of the last step, nanoseconds
    accounts: dict[str, Account] = field(default_factory=dict[str, Account])
    prints: dict[str, Print] = field(default_factory=dict[str, Print])
    closes: dict[str, Decimal] = field(default_factory=dict[str, Decimal])  # prices at the last close
    session: Session | None = None  # of the market's last step since the last close
    divisible: int = 0  # first executions of orders that could have been split
    halted: dict[str, int] = field(default_factory=dict[str, int])  # symbols in which trading has stopped, since when
    halts: dict[str, list[tuple[int, int]]] = field(default_factory=dict[str, list[tuple[int, int]]])  # that have ended
    simulated: dict[str, list[Print]] = field(default_factory=dict[str, list[Print]])  # trades made up by hand
    splits: dict[str, Split] = field(default_factory=dict[str, Split])  # announced, by id


class Opened(Struct, frozen=True, tag="opened"):
    account: str
    cash: Decimal
    at: int


class Ordered(Struct, frozen=True, tag="ordered"):
    account: str
    order: Order


class Filled(Struct, frozen=True, tag="filled"):
    account: str
    fill: Fill


class Closed(Struct, frozen=True, tag="closed"):
    prices: dict[str, Decimal]


class Halted(Struct, frozen=True, tag="halted"):
    symbol: str
    at: int


class Resumed(Struct, frozen=True, tag="resumed"):
    symbol: str
    at: int = 0


class Simulated(Struct, frozen=True, tag="simulated"):
    shown: Print


class Configured(Struct, frozen=True, tag="configured"):
    account: str
    configuration: Configuration


class Watched(Struct, frozen=True, tag="watched"):
    account: str
    watchlist: Watchlist


class Unwatched(Struct, frozen=True, tag="unwatched"):
    account: str
    watchlist_id: str


class Announced(Struct, frozen=True, tag="announced"):
    split: Split


class Divided(Struct, frozen=True, tag="divided"):
    """A split took effect; `price` is what a share is worth from then on."""

    split_id: str
    at: int
    price: Decimal | None = None
    whole: bool = False  # fractions of the asset cannot be held


Intervention: TypeAlias = Halted | Resumed | Simulated | Announced | Divided
Change: TypeAlias = Opened | Ordered | Filled | Closed | Intervention | Configured | Watched | Unwatched


def evolve(state: State, change: Change) -> None:
    """Apply a change, in place."""
    match change:
        case Opened(name, cash, at):
            account_id = identity(state.seed, "account", name)
            state.accounts[name] = Account(name, account_id, at, cash, cash)
        case Ordered(name, order):
            write(state.accounts[name], order)
        case Filled(name, fill):
            settle(state.accounts[name], fill)
            if fill.cum_qty == fill.qty and fill.qty + fill.leaves_qty > 1:
                state.divisible += 1
        case Closed(prices):
            _close(state, prices)
        case Halted() | Resumed() | Simulated() | Announced() | Divided():
            _intervene(state, change)
        case Configured() | Watched() | Unwatched():
            _keep(state.accounts[change.account], change)


def _intervene(state: State, change: Intervention) -> None:
    """Take in what was done to the market itself."""
    match change:
        case Halted(symbol, at):
            state.halted[symbol] = at
        case Resumed(symbol, at):
            if symbol in state.halted:
                state.halts.setdefault(symbol, []).append((state.halted.pop(symbol), at))
        case Simulated(shown):
            state.simulated.setdefault(shown.symbol, []).append(shown)
        case Announced(split):
            state.splits[split.id] = split
        case Divided():
            _divide(state, change)


def _divide(state: State, change: Divided) -> None:
    split = state.splits[change.split_id]
    state.splits[split.id] = replace(split, done=True)
    for account in state.accounts.values():
        divide(account, split, change.price, whole=change.whole, at=change.at)
    if split.symbol in state.prints:
        state.prints[split.symbol] = print_after(state.prints[split.symbol], split)
    if split.symbol in state.closes:
        state.closes[split.symbol] = rated(state.closes[split.symbol], split)


def _keep(account: Account, change: Configured | Watched | Unwatched) -> None:
    """Take in what its owner has written down about an account."""
    match change:
        case Configured(configuration=configuration):
            account.configuration = configuration
        case Watched(watchlist=watchlist):
            account.watchlists[watchlist.id] = watchlist
        case Unwatched(watchlist_id=watchlist_id):
            account.watchlists.pop(watchlist_id, None)


def fold(state: State, changes: Iterable[Change]) -> State:
    for change in changes:
        evolve(state, change)
    return state


def _close(state: State, prices: dict[str, Decimal]) -> None:
    state.session = None
    state.closes = {**state.closes, **prices}
    for account in state.accounts.values():
        for symbol, position in account.positions.items():
            if symbol in state.closes:
                marked = replace(position, day_cost=position.qty * state.closes[symbol])
                account.positions[symbol] = marked
        value = sum((position.day_cost for position in account.positions.values()), Decimal(0))
        account.last_equity = account.cash + value
