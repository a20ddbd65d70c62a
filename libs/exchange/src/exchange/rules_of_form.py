"""Rules that need the ticket alone: words, amounts, prices, and which of them go together."""

from decimal import Decimal

from exchange.book import AT_ONCE, OrderClass, OrderType, Side, Ticket, TimeInForce
from exchange.numbers import places, usable
from exchange.refusals import Refusal, forbidden, malformed, unacceptable

PLACES = 9
LEAST_NOTIONAL = Decimal(1)
NEEDED_PRICES = {  # (limit, stop)
    OrderType.MARKET: ((False, False), "market orders require no stop or limit price"),
    OrderType.LIMIT: ((True, False), "limit orders require a limit price and no stop price"),
    OrderType.STOP: ((False, True), "stop orders require a stop price and no limit price"),
    OrderType.STOP_LIMIT: ((True, True), "stop limit orders require both stop and limit price"),
}


def words(ticket: Ticket) -> Refusal | None:
    expected = (
        ("side", ticket.side, Side),
        ("order type", ticket.type, OrderType),
        ("time_in_force", ticket.time_in_force, TimeInForce),
        ("order_class", ticket.order_class, OrderClass),
    )
    for name, word, words_known in expected:
        if word not in tuple(words_known):
            return malformed(f"invalid {name}")
    return None


def amount(ticket: Ticket) -> Refusal | None:
    if ticket.qty is not None and ticket.notional is not None:
        return unacceptable("only one of qty or notional is accepted")
    name, value = ("qty", ticket.qty) if ticket.notional is None else ("notional", ticket.notional)
    if value is None:
        return malformed("qty or notional is required")
    if not usable(value):
        return malformed(f"{name} must be > 0")
    return malformed(f"{name} must have at most {PLACES} decimal places") if places(value) > PLACES else None


def prices_of_type(ticket: Ticket) -> Refusal | None:
    limit = ticket.limit_price is not None or _profit_price(ticket) is not None
    given = (limit, ticket.stop_price is not None)
    needed, text = NEEDED_PRICES[OrderType(ticket.type)]
    return None if given == needed else malformed(text)


def price_grid(ticket: Ticket) -> Refusal | None:
    """Whole cents from one dollar on, a hundredth of a cent below."""
    for name, price in _prices(ticket):
        if price is None:
            continue
        if not usable(price):
            return malformed(f"{name.replace('_', ' ')} must be > 0")
        if places(price) > (2 if price >= 1 else 4):
            text = "sub-penny increment does not fulfill minimum pricing criteria"
            return unacceptable(f"invalid {name} {price}. {text}")
    return None


def time_in_force(ticket: Ticket) -> Refusal | None:
    at_once = TimeInForce(ticket.time_in_force) in AT_ONCE
    if at_once and OrderType(ticket.type) not in {OrderType.MARKET, OrderType.LIMIT}:
        return unacceptable(f"{ticket.type} orders must be DAY or GTC orders")
    return None


def extended_hours(ticket: Ticket) -> Refusal | None:
    lasting = ticket.time_in_force in {TimeInForce.DAY, TimeInForce.GTC}
    simple = ticket.order_class == OrderClass.SIMPLE
    if ticket.extended_hours and not (ticket.type == OrderType.LIMIT and lasting and simple):
        return unacceptable("extended hours order must be DAY or GTC limit orders")
    return None


def fractional(ticket: Ticket) -> Refusal | None:
    if ticket.notional is None and ticket.qty is not None and places(ticket.qty) == 0:
        return None
    if ticket.time_in_force != TimeInForce.DAY:
        return unacceptable("fractional orders must be DAY orders")
    if ticket.order_class != OrderClass.SIMPLE:
        return unacceptable("fractional orders must be simple orders")
    return None if ticket.notional is None else _notional(ticket, ticket.notional)


def _notional(ticket: Ticket, notional: Decimal) -> Refusal | None:
    if ticket.type != OrderType.MARKET or ticket.side != Side.BUY:
        return unacceptable("notional orders must be market buy orders")
    if notional < LEAST_NOTIONAL:
        return forbidden(f"cost basis must be >= minimal amount of order {LEAST_NOTIONAL}")
    return None


def _profit_price(ticket: Ticket) -> Decimal | None:
    """Find the limit that an OCO may name in take_profit alone."""
    if ticket.order_class != OrderClass.OCO or ticket.take_profit is None:
        return None
    return ticket.take_profit.limit_price


def _prices(ticket: Ticket) -> tuple[tuple[str, Decimal | None], ...]:
    profit, loss = ticket.take_profit, ticket.stop_loss
    return (
        ("limit_price", ticket.limit_price),
        ("stop_price", ticket.stop_price),
        ("limit_price", None if profit is None else profit.limit_price),
        ("limit_price", None if loss is None else loss.limit_price),
        ("stop_price", None if loss is None else loss.stop_price),
    )
