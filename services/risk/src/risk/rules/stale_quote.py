"""An old quote is no price to buy at, and one from later than the market's clock says that the clock stands still."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import NOON, QUOTE, Example, moment
from risk.state import State

LIMITS = ("quote_max_age_seconds",)
CURE = (
    "See `interlock providers` for the prices. A feed that is late by its plan (15 minutes in Tradier's sandbox) needs"
    " a greater age, a symbol that is quoted seldom can have one of its own; 0 turns the rule off."
)


def stale_quote(state: State, candidate: Candidate) -> Answer:
    """Compare the time of the newest quote with market time, in seconds.

    The feed asks for a fresh one when it sees the signal, which waits for that a while. While nobody tells market time,
    it stands still, and quotes run ahead of it: the market may have closed since.
    """
    quote, limit = state.quotes.get(candidate.signal.symbol), state.limits.quote_max_age_seconds
    if quote is None:
        return UNKNOWN
    age = (candidate.now - quote.at).total_seconds()
    passed = not limit or abs(age) <= limit
    away = f"{age:g} s old" if age >= 0 else f"{-age:g} s ahead of the market's clock"
    reason = f"the newest quote of {quote.symbol} is {away}, more than {limit:g} s"
    return Answer(passed, f"{age:g}", f"{limit:g}" if limit else "any", reason, pending=not passed)


def broken() -> Example:
    old = structs.replace(QUOTE, at=NOON - timedelta(seconds=121))
    return Example(moment(quotes={"AAPL": old}))
