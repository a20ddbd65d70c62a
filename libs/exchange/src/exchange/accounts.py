"""Accounts: cash, positions, and what may still be bought or sold."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from exchange.book import Order, OrderClass, Side, Status, remaining
from exchange.fills import Print

CENT = Decimal("0.01")
MULTIPLIER = Decimal(4)


class Position(Struct, frozen=True):
    symbol: str
    qty: Decimal
    avg_entry_price: Decimal  # over all buys since the position was opened; sells leave it alone
    day_cost: Decimal  # what it was worth at the last close, plus what was paid since


class Fill(Struct, frozen=True):
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

    dtbp_check: str = "entry"
    fractional_trading: bool = True
    max_margin_multiplier: str = "4"
    max_options_trading_level: int | None = None
    no_shorting: bool = False
    pdt_check: str = "entry"
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
    fills: list[Fill] = field(default_factory=list[Fill])
    configuration: Configuration = Configuration()
    watchlists: dict[str, Watchlist] = field(default_factory=dict[str, Watchlist])


def money(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def settle(account: Account, fill: Fill) -> None:
    """Move cash and shares; cash moves in whole cents."""
    amount = money(fill.qty * fill.price)
    held = account.positions.get(fill.symbol)
    if fill.side is Side.BUY:
        account.cash -= amount
        account.positions[fill.symbol] = _bought(held, fill)
    elif held is not None:
        account.cash += amount
        left = held.qty - fill.qty
        if left == 0:
            del account.positions[fill.symbol]
        else:
            account.positions[fill.symbol] = replace(held, qty=left, day_cost=held.day_cost * left / held.qty)
    account.fills.append(fill)


def _bought(held: Position | None, fill: Fill) -> Position:
    cost = fill.qty * fill.price
    if held is None:
        return Position(fill.symbol, fill.qty, fill.price, cost)
    qty = held.qty + fill.qty
    average = (held.qty * held.avg_entry_price + cost) / qty
    return Position(fill.symbol, qty, average.quantize(Decimal("0.000001")), held.day_cost + cost)


def working(account: Account) -> Iterable[Order]:
    return (account.orders[order_id] for order_id in account.working)


def dormant(account: Account, order: Order) -> bool:
    """Whether the order is a leg whose entry has not filled yet."""
    if order.parent_id is None or order.order_class is OrderClass.OCO:
        return False
    return account.orders[order.parent_id].status is not Status.FILLED


def held_for_orders(account: Account, symbol: str) -> Decimal:
    """Shares that open sell orders have a claim on; the members of a group share one claim."""
    claims: dict[str, Decimal] = {}
    for order in working(account):
        if order.symbol == symbol and order.side is Side.SELL and not dormant(account, order):
            group = order.parent_id or order.id
            claims[group] = max(claims.get(group, Decimal(0)), remaining(order))
    return sum(claims.values(), Decimal(0))


def owned(account: Account, symbol: str) -> Decimal:
    position = account.positions.get(symbol)
    return Decimal(0) if position is None else position.qty


def available(account: Account, symbol: str) -> Decimal:
    return owned(account, symbol) - held_for_orders(account, symbol)


def market_value(account: Account, prints: Mapping[str, Print]) -> Decimal:
    values = (
        position.qty * (prints[symbol].price if symbol in prints else position.avg_entry_price)
        for symbol, position in account.positions.items()
    )
    return sum(values, Decimal(0))


def equity(account: Account, prints: Mapping[str, Print]) -> Decimal:
    return account.cash + market_value(account, prints)


def cost(order: Order, prints: Mapping[str, Print]) -> Decimal | None:
    """Cost of the rest of a buy order at most; None when it takes a price the market has not shown yet."""
    if order.notional is not None:
        return order.notional
    price = order.limit_price or order.stop_price
    if price is None:
        price = prints[order.symbol].ask if order.symbol in prints else None
    return None if price is None else remaining(order) * price


def reserved(account: Account, prints: Mapping[str, Print]) -> Decimal:
    buys = (order for order in working(account) if order.side is Side.BUY)
    return sum((cost(order, prints) or Decimal(0) for order in buys), Decimal(0))


def buying_power(account: Account, prints: Mapping[str, Print], multiplier: Decimal = MULTIPLIER) -> Decimal:
    """Count what may still be bought: the multiple of equity, less what is held and what is on order."""
    value = market_value(account, prints)
    free = multiplier * (account.cash + value) - value - reserved(account, prints)
    return max(free, Decimal(0))
