"""Accounts: cash, positions, and what may still be bought or sold."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from exchange.book import Order, OrderClass, Side, Status, Ticket, ended, remaining
from exchange.fills import Print
from exchange.split import Dealt

CENT = Decimal("0.01")
MULTIPLIER = Decimal(4)
LEAST_FOR_MARGIN = Decimal(2000)  # dollars of equity; an account with less trades its cash
SHORT_COLLAR = Decimal("1.03")  # a short sale reserves at least so many times the ask


class Position(Struct, frozen=True):
    symbol: str
    qty: Decimal  # negative when short
    avg_entry_price: Decimal  # over all executions that opened it or added to it; those that reduce it leave it alone
    day_cost: Decimal  # what it was worth at the last close, plus what was paid since; negative when short


class Fill(Struct, frozen=True, gc=False):
    """One execution."""

    id: str
    order_id: str
    symbol: str
    side: Side
    price: Decimal
    qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    position_qty: Decimal
    at: int
    settles: str


class Configuration(Struct, frozen=True):
    """What the owner of an account may set, in Alpaca's words."""

    fractional_trading: bool = True
    max_margin_multiplier: str = "4"
    max_options_trading_level: int | None = None
    no_shorting: bool = False
    ptp_no_exception_entry: bool = False
    suspend_trade: bool = False
    trade_confirm_email: str = "all"
    disable_overnight_trading: bool = False


class Watchlist(Struct, frozen=True):
    id: str
    name: str
    symbols: tuple[str, ...]
    created_at: int
    updated_at: int


class Account(Struct):
    name: str
    id: str
    created_at: int
    cash: Decimal
    last_equity: Decimal
    positions: dict[str, Position] = field(default_factory=dict[str, Position])
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    client_order_ids: dict[str, str] = field(default_factory=dict[str, str])
    working: dict[str, None] = field(default_factory=dict[str, None])  # ids of the orders that have not ended
    by_symbol: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]])  # the same, by symbol
    due: dict[str, int] = field(default_factory=dict[str, int])  # when something is about to happen to one of them
    fills: list[Fill] = field(default_factory=list[Fill])
    configuration: Configuration = Configuration()
    watchlists: dict[str, Watchlist] = field(default_factory=dict[str, Watchlist])
    dealt: list[Dealt] = field(default_factory=list[Dealt])


def money(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def write(account: Account, order: Order) -> None:
    account.orders[order.id] = order
    account.client_order_ids[order.client_order_id] = order.id
    if not ended(order):
        account.working[order.id] = None
        account.by_symbol.setdefault(order.symbol, {})[order.id] = None
    elif order.id in account.working:
        del account.working[order.id], account.by_symbol[order.symbol][order.id]
        if not account.by_symbol[order.symbol]:
            del account.by_symbol[order.symbol]
    if order.due is None or ended(order):
        account.due.pop(order.id, None)
    else:
        account.due[order.id] = order.due


def settle(account: Account, fill: Fill) -> None:
    """Move cash and shares; cash moves in whole cents."""
    amount = money(fill.qty * fill.price)
    account.cash += amount if fill.side is Side.SELL else -amount
    position = _after(account.positions.get(fill.symbol), fill)
    if position.qty:
        account.positions[fill.symbol] = position
    else:
        del account.positions[fill.symbol]
    account.fills.append(fill)


def _after(held: Position | None, fill: Fill) -> Position:
    change = signed(fill.side, fill.qty)
    cost = change * fill.price
    if held is None:
        return Position(fill.symbol, change, fill.price, cost)
    qty = held.qty + change
    if held.qty * change < 0:
        return replace(held, qty=qty, day_cost=held.day_cost * qty / held.qty)
    average = (held.qty * held.avg_entry_price + cost) / qty
    return Position(fill.symbol, qty, average.quantize(Decimal("0.000001")), held.day_cost + cost)


def signed(side: Side, qty: Decimal) -> Decimal:
    return qty if side is Side.BUY else -qty


def working_in(account: Account, symbol: str) -> Iterable[Order]:
    return (account.orders[order_id] for order_id in account.by_symbol.get(symbol, ()))


def dormant(account: Account, order: Order) -> bool:
    """Whether the order is a leg whose entry has not filled yet."""
    if order.parent_id is None or order.order_class is OrderClass.OCO:
        return False
    return account.orders[order.parent_id].status is not Status.FILLED


def owned(account: Account, symbol: str) -> Decimal:
    """Shares of the position; negative when short."""
    position = account.positions.get(symbol)
    return Decimal(0) if position is None else position.qty


def closes(account: Account, symbol: str, side: str) -> bool:
    """Whether an order on this side would reduce the position that there is."""
    return owned(account, symbol) * (1 if side == Side.BUY else -1) < 0


def held_for_orders(account: Account, symbol: str) -> Decimal:
    """Shares of the position, long or short, that open orders to close it have a claim on."""
    # How many shares an amount of money will close, its price decides: until then it may be all of them.
    if any(order.notional is not None for order in _closing(account, symbol)):
        return abs(owned(account, symbol))
    return promised(account, symbol)


def promised(account: Account, symbol: str) -> Decimal:
    """Shares of the position that open orders for a quantity are going to close."""
    return _claimed(account, ((order, remaining(order)) for order in _closing(account, symbol)))


def _closing(account: Account, symbol: str) -> Iterable[Order]:
    return (
        order
        for order in working_in(account, symbol)
        if closes(account, symbol, order.side) and not dormant(account, order)
    )


def _claimed(account: Account, claims: Iterable[tuple[Order, Decimal]]) -> Decimal:
    """Add up claims; the members of a group share the largest of theirs, an order and its replacement too."""
    largest: dict[str, Decimal] = {}
    for order, claim in claims:
        original = order if replaced(account, order) is None else account.orders[order.replaces or ""]
        group = original.parent_id or original.id
        largest[group] = max(largest.get(group, Decimal(0)), claim)
    return sum(largest.values(), Decimal(0))


def replaced(account: Account, order: Order) -> Order | None:
    """Give the order that this one is about to replace, as long as it has not done so."""
    original = None if order.replaces is None else account.orders[order.replaces]
    return None if original is None or ended(original) else original


def available(account: Account, symbol: str) -> Decimal:
    """Shares of the position that no order has a claim on; negative when short."""
    have, held = owned(account, symbol), held_for_orders(account, symbol)
    return have + held if have < 0 else have - held


def price_of(position: Position, prints: Mapping[str, Print]) -> Decimal:
    return prints[position.symbol].price if position.symbol in prints else position.avg_entry_price


def values(account: Account, prints: Mapping[str, Print]) -> tuple[Decimal, Decimal]:
    """Market value of the long positions, and of the short ones, which is negative."""
    long = short = Decimal(0)
    for position in account.positions.values():
        value = position.qty * price_of(position, prints)
        long, short = (long + value, short) if value > 0 else (long, short + value)
    return long, short


def equity(account: Account, prints: Mapping[str, Print]) -> Decimal:
    long, short = values(account, prints)
    return account.cash + long + short


def reckoned_price(order: Order | Ticket, shown: Print | None) -> Decimal | None:
    """Price that an order to open is reckoned at; None when it takes one that the market has not shown yet."""
    if order.side == Side.BUY:
        return order.limit_price or order.stop_price or (None if shown is None else shown.ask)
    collar = None if shown is None else SHORT_COLLAR * shown.ask
    return max((price for price in (order.limit_price, collar) if price is not None), default=None)


def cost(order: Order, prints: Mapping[str, Print]) -> Decimal | None:
    """Reckon what the rest of an order to open takes at most; None when the market has not shown its price yet."""
    if order.notional is not None:
        return order.notional
    price = reckoned_price(order, prints.get(order.symbol))
    return None if price is None else remaining(order) * price


def reserved(account: Account, prints: Mapping[str, Print]) -> Decimal:
    """Money that open orders to open positions, long and short, have a claim on."""
    opening = (order for order in map(account.orders.__getitem__, account.working) if not order.closes)
    return _claimed(account, ((order, cost(order, prints) or Decimal(0)) for order in opening))


def multiplier(account: Account, prints: Mapping[str, Print]) -> Decimal:
    margin = Decimal(account.configuration.max_margin_multiplier)
    return margin if equity(account, prints) >= LEAST_FOR_MARGIN else Decimal(1)


def buying_power(account: Account, prints: Mapping[str, Print], most: Decimal = MULTIPLIER) -> Decimal:
    """Count what may still be opened: the multiple of equity, less what is held and what is on order.

    The multiple is the account's own, but `most` at most: 2 tells what may be held overnight.
    """
    long, short = values(account, prints)
    margin = min(most, multiplier(account, prints))
    free = margin * (account.cash + long + short) - long + short - reserved(account, prints)
    return max(free, Decimal(0))
