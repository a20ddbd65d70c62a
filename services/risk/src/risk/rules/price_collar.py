"""An entry does not pay a price that is far from the last trade."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.market import Quote
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import QUOTE, Example, moment
from risk.state import State

LIMITS = ("price_collar",)
CURE = "Wait for a better quote, or widen the collar; 0 turns the rule off."

_DIGITS, _FARTHEST = Decimal("1e-8"), Decimal(1_000_000)


def price_collar(state: State, candidate: Candidate) -> Answer:
    """Hold the price against the last trade that came with the quote, or else against the middle of its two sides.

    A side alone, with no trade beside it, is held against nothing, so it is refused; the feed asks for the trade when
    it sees the signal.
    """
    quote, limit = state.quotes.get(candidate.signal.symbol), state.limits.price_collar
    if quote is None or candidate.price is None:
        return UNKNOWN
    share, fair = plain(limit) if limit else "any", _fair(quote)
    if not fair:
        reason = f"the quote of {quote.symbol} has one side and no trade beside it"
        return Answer(not limit, "one side", share, reason, pending=bool(limit))
    away = min(abs(candidate.price - fair) / fair, _FARTHEST)
    shown = plain(away.quantize(_DIGITS))
    reason = f"{plain(candidate.price)} dollars are {shown} away from {plain(fair)}, more than {share}"
    return Answer(not limit or away <= limit, shown, share, reason)


def _fair(quote: Quote) -> Decimal:
    """Give 0 where nothing says what would be fair."""
    if quote.last > 0:
        return Decimal(str(quote.last))
    return (Decimal(str(quote.bid)) + Decimal(str(quote.ask))) / 2 if min(quote.bid, quote.ask) > 0 else Decimal(0)


def broken() -> Example:
    return Example(moment(quotes={"AAPL": structs.replace(QUOTE, last=95)}))
