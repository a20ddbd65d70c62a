"""Around a split nothing is bought until the broker counts the new shares: its old price would buy another number."""

from __future__ import annotations

from decimal import Decimal

from risk import splits
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.state import Coming, Position, State

LIMITS = ()
CURE = "Wait until the broker counts the new shares, which most do before the session opens."

_HELD = Decimal(10)


def corporate_action(state: State, candidate: Candidate) -> Answer:
    """Deny from the close before a split's day on, until the broker's count has followed it.

    What is not held when the session of that day opens may be bought from then on.
    """
    symbol = candidate.signal.symbol
    coming = splits.unsettled(state, symbol)
    if coming is None:
        return Answer(passed=True, value="none", limit="none", reason="")
    reason = f"{symbol} is split {coming.rates} on {coming.ex_date}, and the broker does not count the new shares yet"
    return Answer(passed=False, value=str(coming.ex_date), limit="none", reason=reason)


def broken() -> Example:
    held = {"AAPL": Position(filled=_HELD, lots={"s0": _HELD}, lots_qty=_HELD)}
    return Example(moment(splits={"AAPL": (Coming("a1", NOON.date(), "2 for 1", opened=True),)}, positions=held))
