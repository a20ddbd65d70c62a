"""Which order type goes with which time in force: the grid of all orders, and those of the special ones."""

from collections.abc import Mapping

from exchange.book import OrderClass, OrderType, Ticket, TimeInForce
from exchange.numbers import places

EVERY = frozenset(OrderType)
PLAIN = EVERY - {OrderType.TRAILING_STOP}
SIMPLEST = frozenset({OrderType.MARKET, OrderType.LIMIT})
LIMIT = frozenset({OrderType.LIMIT})

Grid = Mapping[TimeInForce, frozenset[OrderType]]

ALL: Grid = {
    TimeInForce.DAY: EVERY,
    TimeInForce.GTC: EVERY,
    TimeInForce.IOC: SIMPLEST,
    TimeInForce.FOK: SIMPLEST,
    TimeInForce.OPG: SIMPLEST,
    TimeInForce.CLS: SIMPLEST,
}
FRACTIONAL: Grid = {TimeInForce.DAY: PLAIN}
NOTIONAL: Grid = {TimeInForce.DAY: SIMPLEST}
EXTENDED: Grid = {TimeInForce.DAY: LIMIT, TimeInForce.GTC: LIMIT}
GROUPS: Mapping[OrderClass, Grid] = {
    OrderClass.BRACKET: {TimeInForce.DAY: PLAIN, TimeInForce.GTC: PLAIN},
    OrderClass.OTO: {TimeInForce.DAY: PLAIN, TimeInForce.GTC: PLAIN},
    OrderClass.OCO: {TimeInForce.DAY: LIMIT, TimeInForce.GTC: LIMIT},
}

GRIDS: Mapping[str, Grid] = {
    "every order": ALL,
    "a fraction of a share": FRACTIONAL,
    "an amount of money (`notional`)": NOTIONAL,
    "`extended_hours`": EXTENDED,
    "bracket and OTO, the entry": GROUPS[OrderClass.BRACKET],
    "OCO": GROUPS[OrderClass.OCO],
}


def lasts(grid: Grid, ticket: Ticket) -> bool:
    """Whether the grid has the time in force at all."""
    return ticket.time_in_force in grid


def takes(grid: Grid, ticket: Ticket) -> bool:
    """Whether the grid has the type, for this time in force if it has that."""
    return ticket.type in grid.get(TimeInForce(ticket.time_in_force), EVERY)


def in_parts(ticket: Ticket) -> bool:
    """Whether it may end in fractions of shares: it asks for some, or for an amount of money."""
    return ticket.qty is None or places(ticket.qty) > 0


def grouped(ticket: Ticket) -> bool:
    return ticket.order_class != OrderClass.SIMPLE
