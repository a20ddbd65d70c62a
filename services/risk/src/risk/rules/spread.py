"""Where bid and ask are far apart, whoever buys has lost the difference already."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.market import Quote
from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import QUOTE, Example, moment
from risk.state import State

LIMITS = ("max_spread",)
CURE = "Wait until the market is tighter, or allow a wider spread; 0 turns the rule off."

_DIGITS = Decimal("1e-8")


def spread(state: State, candidate: Candidate) -> Answer:
    """Count the difference of ask and bid as a fraction of the middle.

    A bid above the ask is no market, and does not last: the signal waits for the next quote a while. A side alone has
    no spread: `price_collar` judges it.
    """
    quote, limit = state.quotes.get(candidate.signal.symbol), state.limits.max_spread
    if quote is None:
        return UNKNOWN
    most = plain(limit) if limit else "any"
    if min(quote.bid, quote.ask) <= 0:
        return Answer(passed=True, value="one side", limit=most, reason="")
    if quote.bid > quote.ask:
        reason = f"the quote of {quote.symbol} is crossed: {quote.bid} bid, {quote.ask} asked"
        return Answer(not limit, "crossed", most, reason, pending=bool(limit))
    return _held_against(quote, limit, most)


def _held_against(quote: Quote, limit: Decimal, most: str) -> Answer:
    bid, ask = Decimal(str(quote.bid)), Decimal(str(quote.ask))
    share = (ask - bid) / ((ask + bid) / 2)
    shown = plain(share.quantize(_DIGITS))
    reason = f"the spread of {quote.symbol} is {shown} of its price, more than {most}"
    return Answer(not limit or share <= limit, shown if share else "0, locked", most, reason)


def broken() -> Example:
    return Example(moment(quotes={"AAPL": structs.replace(QUOTE, bid=95, last=0)}))
