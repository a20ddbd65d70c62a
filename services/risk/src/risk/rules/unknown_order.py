"""While the broker's answer about an order of this symbol is missing, nothing is added to it."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ()
CURE = "Wait: the broker is asked again and again. Where it stays silent, look there and use `interlock resolve`."


def unknown_order(state: State, candidate: Candidate) -> Answer:
    symbol = candidate.signal.symbol
    orders = [order for order, its_symbol in state.unknown.items() if its_symbol == symbol]
    reason = f"it is not known what became of order {', '.join(orders)} of {symbol}"
    return Answer(not orders, str(len(orders)), "0", reason)


def broken() -> Example:
    return Example(moment(unknown={"5b0e9c1a": "AAPL"}))
