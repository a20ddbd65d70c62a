from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from contracts.verdicts import OrderDenied
from risk.candidate import Candidate
from risk.rules.known_price import known_price
from risk.state import State, Waiting
from risk.verdict import judge


def test_an_entry_needs_a_price(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert known_price(state(), candidate(price=Decimal(100))).passed
    assert not known_price(state(), candidate(price=None)).passed


def test_the_denial_says_so_when_the_wait_is_over(
    noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    late = state(prices={}, now=noon + timedelta(seconds=61))
    found = judge(late, Waiting(signal=candidate().signal, came=noon, ticks=5))
    assert isinstance(found, OrderDenied)
    assert (found.code, found.reason) == ("known_price", "no quote for AAPL")
