from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.limits import Limits
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import ACCOUNT
from risk.rules.margin import margin
from risk.state import State


@pytest.mark.parametrize(
    ("equity", "cash", "reserved", "passed"),
    [
        ("1999.99", "100", "0", True),
        ("1999.99", "99.99", "0", False),
        ("1999.99", "150", "50", True),
        ("1999.99", "150", "50.01", False),
        ("2000", "0", "0", True),
        ("2000.01", "-500", "0", True),
    ],
)
def test_below_2000_dollars_a_share_at_100_is_paid_in_cash(
    equity: str,
    cash: str,
    reserved: str,
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
    snapshot: Callable[..., AccountSnapshot],
):
    small = snapshot(equity=Decimal(equity), cash=Decimal(cash))
    assert margin(state(snapshot=small, reserved=Decimal(reserved)), candidate()).passed is passed
    off = state(snapshot=small, reserved=Decimal(reserved), limits=Limits(min_margin_equity=Decimal(0)))
    assert margin(off, candidate()).passed


@pytest.mark.parametrize(
    ("price", "kept", "reserved", "left"),
    [
        ("100", "9970", "0", "0"),
        ("100", "9970.01", "0", "-0.01"),
        ("100", "9969.99", "0", "0.01"),
        ("100", "9940", "100", "0"),
        ("100", "9940", "100.1", "-0.03"),
        ("2.50", "9999.25", "0", "0"),
        ("2.49", "9997.51", "0", "0"),
        ("2.49", "9997.52", "0", "-0.01"),
    ],
)
def test_the_equity_covers_what_the_broker_wants_for_it_and_for_this_order(
    price: str, kept: str, reserved: str, left: str, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    told = structs.replace(ACCOUNT, equity=Decimal(10_000), maintenance_margin=Decimal(kept))
    answer = margin(state(snapshot=told, reserved=Decimal(reserved)), candidate(price=Decimal(price)))
    reason = f"{left} dollars of equity would be left above the maintenance margin"
    assert answer == Answer(passed=Decimal(left) >= 0, value=left, limit="0", reason=reason)


def test_without_a_price_or_an_account_it_cannot_be_told(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert margin(state(), candidate(price=None)) == UNKNOWN
    assert margin(state(snapshot=None), candidate()) == UNKNOWN


def test_the_denial_says_so(
    denial: Callable[..., tuple[str, str]], state: Callable[..., State], snapshot: Callable[..., AccountSnapshot]
):
    small = snapshot(equity=Decimal(1_999), cash=Decimal("99.5"))
    says = (
        "with less than 2000 dollars of equity nothing is borrowed: the order costs 100 dollars, 99.5 are there in cash"
    )
    assert denial(state(snapshot=small, limits=Limits(max_position_fraction=Decimal(1)))) == ("margin", says)
    drained = snapshot(maintenance_margin=Decimal(99_999))
    assert denial(state(snapshot=drained)) == (
        "margin", "-29 dollars of equity would be left above the maintenance margin",
    )  # fmt: skip
