"""How much of a fill comes at once."""

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from uuid import UUID

from exchange.book import AUCTIONS, Order, TimeInForce, identity
from exchange.state import State
from exchange.venue import Venue

MILLION = 10**6
WHOLE = AUCTIONS | {TimeInForce.FOK}


def portion(state: State, venue: Venue, order: Order, rest: Decimal) -> Decimal:
    """Cut a fill of the rest of an order: all of it, or a number of whole shares."""
    if order.qty is None or rest <= 1 or order.time_in_force in WHOLE:
        return rest
    every = venue.partial_fill_every
    if every and order.filled_qty == 0 and (state.divisible + 1) % every == 0:
        return max((rest / 2).to_integral_value(ROUND_DOWN), Decimal(1))
    return _drawn(state.seed, order, rest, venue.partial_fills) if venue.partial_fills else rest


def _drawn(seed: str, order: Order, rest: Decimal, share: Decimal) -> Decimal:
    number = UUID(identity(seed, "portion", order.id, order.filled_qty)).int
    chance, size = number % MILLION, number // MILLION
    parts = int(rest.to_integral_value(ROUND_CEILING)) - 1
    return Decimal(1 + size % parts) if chance < share * MILLION else rest
