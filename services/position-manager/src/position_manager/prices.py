"""What a share is worth to a seller, and which quotes one alone is not believed."""

from __future__ import annotations

from math import inf

from msgspec.structs import replace

from contracts.market import Quote
from position_manager.book.position import Position


def worth(quote: Quote) -> float:
    """Give the bid; where there is none or it lies above the ask, the last trade; 0 where nothing is known."""
    crossed = _is_price(quote.ask) and quote.ask < quote.bid
    if _is_price(quote.bid) and not crossed:
        return quote.bid
    return quote.last if _is_price(quote.last) else 0.0


def is_sound(quote: Quote, collar: float) -> bool:
    """Say whether something beside the price speaks for it: a trade near it, or where none is known an ask."""
    price = worth(quote)
    if _is_price(quote.last):
        return not collar or _near(price, quote.last, collar)
    return not collar or _is_tight(quote, price, collar)


def seen(position: Position, quote: Quote, collar: float) -> Position:
    """Take a quote in. One that nothing speaks for counts once another one agrees with it that has an ask near.

    A bid far below both the last trade and the ask is what a thin exchange shows for hours: no quote repeats it better.
    """
    price = worth(quote)
    if not price:
        return position
    if is_sound(quote, collar):
        return replace(position, price=price, priced_at=quote.at, doubted=0.0)
    agreed = position.doubted > 0 and _near(price, position.doubted, collar) and _is_tight(quote, price, collar)
    if not agreed:
        return replace(position, doubted=price)
    return replace(position, price=price, priced_at=quote.at, doubted=price)


def _is_price(number: float) -> bool:
    # A NaN fails every comparison.
    return 0 < number < inf


def _is_tight(quote: Quote, price: float, collar: float) -> bool:
    return _is_price(quote.ask) and _near(quote.ask, price, collar)


def _near(price: float, other: float, collar: float) -> bool:
    return abs(price - other) <= collar * other
