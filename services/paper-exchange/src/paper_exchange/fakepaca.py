"""FAKEPACA, the symbol of `/v2/test`: it rises by a cent with every print, and falls back after a dollar."""

from decimal import Decimal

from msgspec.structs import replace

from exchange.fills import Print
from paper_exchange.feed import Feed
from paper_exchange.market import Beat, Minute
from paper_exchange.recorded import CENT, Bar
from paper_exchange.tape import MINUTE, QUARTER, QUARTERS

SYMBOL = "FAKEPACA"
BASE = Decimal(100)
PRINTS_PER_DOLLAR = 100


def tell(feed: Feed, beat: Beat) -> None:
    """Let the test stream hear FAKEPACA in place of what the market shows."""
    price = _price(beat.at)
    shown = Print(SYMBOL, beat.at, price, price - CENT, price + CENT, price, price)
    minutes = (Minute(beat.at - MINUTE, _bar(beat.at - MINUTE)),) if beat.at % MINUTE == 0 else ()
    feed.tell(replace(beat, prints=(shown,), minutes=minutes))


def _bar(at: int) -> Bar:
    first, last = _price(at), _price(at + (QUARTERS - 1) * QUARTER)
    return Bar(SYMBOL, first, last, first, last, 4, CENT)


def _price(at: int) -> Decimal:
    return BASE + CENT * (at // QUARTER % PRINTS_PER_DOLLAR)
