"""Beside an open order to sell the same symbol the broker takes no order to buy: they could trade with each other."""

from __future__ import annotations

from msgspec import structs

from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import ACCOUNT, Example, moment
from risk.state import State

LIMITS = ()
CURE = "Wait until the order to sell is done, or cancel it. A stop with a target beside it stands in nobody's way."


def wash_trade(state: State, candidate: Candidate) -> Answer:
    """Count open orders to sell, where the broker says that it refuses wash trades.

    An entry is an order at the market, so any price meets it. Members of a bracket, an OCO or an OTO and trailing
    stops do not count, as the broker makes sure of them itself.
    """
    if state.snapshot is None:
        return UNKNOWN
    symbol = candidate.signal.symbol
    orders = state.sells.get(symbol, {}) if state.snapshot.refuses_wash_trades else {}
    named = ", ".join(f"{kind} order {i}" for i, kind in orders.items())
    return Answer(not orders, str(len(orders)), "0", f"{symbol} is to be sold by {named}")


def broken() -> Example:
    strict = structs.replace(ACCOUNT, refuses_wash_trades=True)
    return Example(moment(snapshot=strict, sells={"AAPL": {"x1": "stop"}}))
