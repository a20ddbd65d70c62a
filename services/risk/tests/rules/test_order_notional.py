from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.limits import Limits
from risk.candidate import UNKNOWN, Candidate
from risk.rules.order_notional import order_notional
from risk.state import State


@pytest.mark.parametrize(
    ("limit", "passed"), [("499.99", False), ("500", True), ("500.01", True), ("0", True)], ids=str
)
def test_an_order_of_500_dollars(
    limit: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    limits = Limits(max_order_notional=Decimal(limit))
    assert order_notional(state(limits=limits), candidate(qty=Decimal(5))).passed is passed


@pytest.mark.parametrize(("dollars", "passed"), [("500", True), ("500.01", False)])
def test_an_order_for_dollars_counts_as_its_dollars(
    dollars: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(limits=Limits(max_order_notional=Decimal(500)))
    assert order_notional(now, candidate(qty=Decimal(4), notional=Decimal(dollars))).passed is passed


def test_without_a_price_it_cannot_be_told(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert order_notional(state(), candidate(price=None)) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(limits=Limits(max_order_notional=Decimal(250))), qty=Decimal(3))
    assert found == ("order_notional", "the order would be 300 dollars, more than 250")
