"""Only so many orders may be waiting to buy at once."""

from __future__ import annotations

from decimal import Decimal

from contracts.limits import Limits
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import Entry, State

LIMITS = ("max_open_orders",)
CURE = "Wait until an order has been filled, cancel one, or raise RISK_MAX_OPEN_ORDERS."


def open_orders(state: State, _: Candidate) -> Answer:
    """Count entries that are approved, working or in doubt, and orders to buy that others placed, with this one.

    Protection and other orders to leave are not counted.
    """
    count, limit = len(state.entries) + 1, state.limits.max_open_orders
    return Answer(count <= limit, str(count), str(limit), f"{count} orders would be open, {limit} at most")


def broken() -> Example:
    entry = Entry(symbol="MSFT", qty=Decimal(1), price=Decimal(300))
    return Example(moment(limits=Limits(max_open_orders=1), entries={"o1": entry}))
