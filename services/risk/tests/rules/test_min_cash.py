from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.limits import Limits
from risk.candidate import Candidate
from risk.rules.min_cash import min_cash
from risk.state import State


@pytest.mark.parametrize(
    ("cash", "reserved", "least", "passed"),
    [
        ("1100.01", "0", "1000", True),
        ("1100", "0", "1000", True),
        ("1099.99", "0", "1000", False),
        ("1150", "50", "1000", True),
        ("1150", "50.01", "1000", False),
        ("0", "0", "0", True),
    ],
)
def test_the_least_amount_of_cash_is_left_by_a_share_at_100_dollars(
    cash: str,
    reserved: str,
    least: str,
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
    snapshot: Callable[..., AccountSnapshot],
):
    now = state(
        snapshot=snapshot(cash=Decimal(cash)), reserved=Decimal(reserved), limits=Limits(min_cash=Decimal(least))
    )
    assert min_cash(now, candidate()).passed is passed


def test_without_a_price_or_an_account_it_cannot_be_told(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert not min_cash(state(), candidate(price=None)).passed
    assert not min_cash(structs.replace(state(), snapshot=None), candidate()).passed


def test_the_denial_says_so(
    denial: Callable[..., tuple[str, str]], state: Callable[..., State], snapshot: Callable[..., AccountSnapshot]
):
    now = state(snapshot=snapshot(cash=Decimal(600)), limits=Limits(min_cash=Decimal(501)))
    assert denial(now) == ("min_cash", "500 dollars of cash would be left, less than 501")
