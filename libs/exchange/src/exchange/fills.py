"""Matching: at which price, if at any, an order trades against what the market shows."""

from decimal import ROUND_DOWN, Decimal

from msgspec import Struct

from exchange.book import LIMITS, Order, Side

SHARE = Decimal("0.000000001")  # the smallest part of a share


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


def fill_price(order: Order, shown: Print, *, resting: bool) -> Decimal | None:
    """Price of a trade now, or None.

    A newcomer takes the quote. A limit that was waiting is met by the price on its way, so it trades at its
    own price, unless the market jumped over it: then at the quote.
    """
    quote = shown.ask if order.side is Side.BUY else shown.bid
    limit = order.limit_price if order.type in LIMITS else None
    if limit is not None and not (quote <= limit if order.side is Side.BUY else quote >= limit):
        return None
    price = limit if resting and limit is not None and shown.low <= limit <= shown.high else quote
    return min(max(price, shown.low), shown.high)


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
