"""Only what can be paid is bought."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs

from contracts.values import plain
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import ACCOUNT, Example, moment
from risk.exposure import no_price
from risk.state import State

LIMITS = ()
CURE = "Enter less, or sell something first."


def buying_power(state: State, candidate: Candidate) -> Answer:
    """Hold the order's cost against the broker's buying power, less what is promised or newly spent.

    An order that the broker has set money aside for already counts twice until it fills: rather too little than
    too much. Somebody's order at the market that has no price yet is waited for: it may cost anything.
    """
    if candidate.price is None or state.snapshot is None:
        return UNKNOWN
    if state.unpriced:
        return no_price(state.unpriced, plain(state.snapshot.buying_power - state.reserved))
    cost, free = candidate.cost, state.snapshot.buying_power - state.reserved
    return Answer(
        cost <= free, plain(cost), plain(free), f"the order costs {plain(cost)} dollars, {plain(free)} are free"
    )


def broken() -> Example:
    return Example(moment(snapshot=structs.replace(ACCOUNT, buying_power=Decimal(99))))
