from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from risk.candidate import UNKNOWN, Candidate
from risk.rules.buying_power import buying_power
from risk.state import State


@pytest.mark.parametrize(("qty", "passed"), [(9, True), (10, True), (11, False)])
def test_the_last_dollar_that_is_not_reserved_may_be_spent(
    qty: int,
    *,
    passed: bool,
    snapshot: Callable[..., AccountSnapshot],
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    poor = state(snapshot=snapshot(buying_power=Decimal(1500)), reserved=Decimal(500))
    assert buying_power(poor, candidate(qty=Decimal(qty))).passed is passed


def test_without_price_or_account_nothing_can_be_said(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert buying_power(state(), candidate(price=None)) == UNKNOWN
    assert buying_power(state(snapshot=None), candidate()) == UNKNOWN


def test_an_order_of_others_without_a_price_may_cost_anything(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    found = buying_power(structs.replace(state(), unpriced={"XYZ": True}), candidate())
    assert (found.passed, found.pending, found.reason) == (False, True, "no price is known for XYZ")


def test_the_denial_says_so(
    snapshot: Callable[..., AccountSnapshot],
    denial: Callable[..., tuple[str, str]],
    state: Callable[..., State],
):
    found = denial(state(snapshot=snapshot(buying_power=Decimal("99.5"))))
    assert found == ("buying_power", "the order costs 100 dollars, 99.5 are free")
