"""Matching: at which price, if at any, an order trades against what the market shows."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal

from msgspec import Struct

from exchange.book import LIMITS, Order, OrderType, Side

SHARE = Decimal("0.000000001")  # the smallest part of a share
CENT = Decimal("0.01")
SUB_PENNY = Decimal("0.0001")
NOTHING = Decimal(0)
COLLARS_PART = Decimal(50)  # dollars of a buy stop from which on its limit is nearer
LOW_COLLAR, HIGH_COLLAR = Decimal("1.04"), Decimal("1.025")


class Print(Struct, frozen=True):
    """A trade, the quote around it, and the range of the bar it belongs to."""

    symbol: str
    at: int
    price: Decimal
    bid: Decimal
    ask: Decimal
    low: Decimal
    high: Decimal


def triggers(order: Order, price: Decimal) -> bool:
    """Whether a trade at `price` sets the stop off."""
    if order.stop_price is None:
        return False
    return price <= order.stop_price if order.side is Side.SELL else price >= order.stop_price


def limit_of(order: Order) -> Decimal | None:
    """Price that the order trades at or better, once it is set off; a buy stop gets one of its own, as at Alpaca."""
    if order.type is OrderType.STOP and order.side is Side.BUY and order.stop_price is not None:
        collar = LOW_COLLAR if order.stop_price < COLLARS_PART else HIGH_COLLAR
        return (order.stop_price * collar).quantize(CENT, ROUND_DOWN)
    return order.limit_price if order.type in LIMITS else None


def within(side: Side, price: Decimal, limit: Decimal | None) -> bool:
    """Whether the price is the limit or better."""
    return limit is None or (price <= limit if side is Side.BUY else price >= limit)


def fill_price(order: Order, shown: Print, *, resting: bool, slippage: Decimal = NOTHING) -> Decimal | None:
    """Price of a trade now, or None; never outside the range of the bar.

    A newcomer takes the quote, moved against it by `slippage` basis points but not beyond its limit. A limit that
    was waiting is met by the price on its way, so it trades at its own price, unless the market jumped over it:
    then at the quote.
    """
    quote, limit = shown.ask if order.side is Side.BUY else shown.bid, limit_of(order)
    if not within(order.side, quote, limit):
        return None
    if resting and limit is not None and shown.low <= limit <= shown.high:
        return limit
    price = min(max(_slipped(order.side, quote, slippage), shown.low), shown.high)
    if within(order.side, price, limit):
        return price
    return limit if limit is not None and shown.low <= limit <= shown.high else None


def _slipped(side: Side, quote: Decimal, slippage: Decimal) -> Decimal:
    if not slippage:
        return quote
    part = slippage / 10_000
    if side is Side.BUY:
        return (quote * (1 + part)).quantize(SUB_PENNY, ROUND_UP)
    return (quote * (1 - part)).quantize(SUB_PENNY, ROUND_DOWN)


def shares(order: Order, price: Decimal) -> Decimal:
    """How many shares are left to trade at `price`."""
    if order.qty is not None:
        return order.qty - order.filled_qty
    notional = order.notional or Decimal(0)
    return (notional / price).quantize(SHARE, ROUND_DOWN)


def average(order: Order, qty: Decimal, price: Decimal) -> Decimal:
    """Reckon the average price after one more execution."""
    before = order.filled_qty * (order.filled_avg_price or Decimal(0))
    total = (before + qty * price) / (order.filled_qty + qty)
    return total.quantize(Decimal("0.000001")).normalize()
