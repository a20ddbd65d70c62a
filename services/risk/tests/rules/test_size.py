from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.limits import Limits, Sizing
from risk.candidate import UNKNOWN, Candidate
from risk.rules.size import size
from risk.state import State

D = Decimal
WHOLE, PARTS = Limits(), Limits(fractional=True)


@pytest.mark.parametrize(("qty", "passed"), [("0", False), ("1", True), ("2", True)])
def test_the_least_is_a_share(
    qty: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert size(state(limits=WHOLE), candidate(qty=D(qty), wanted=D(qty))).passed is passed


@pytest.mark.parametrize(
    ("qty", "price", "passed"),
    [
        ("0", "100", False),
        ("0.009999999", "100", False),
        ("0.01", "100", True),
        ("0.010000001", "100", True),
        ("1", "0.5", True),
        ("1.5", "0.5", False),
    ],
)
def test_a_part_of_a_share_is_for_a_dollar_and_whole_shares_may_be_for_less(
    qty: str, price: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    asked = candidate(qty=D(qty), wanted=D(qty), price=D(price))
    assert size(state(limits=PARTS), asked).passed is passed


@pytest.mark.parametrize(("dollars", "passed"), [("0.99", False), ("1.00", True), ("1.01", True)])
def test_the_least_amount_is_a_dollar(
    dollars: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    asked = candidate(qty=D(dollars) / 100, notional=D(dollars))
    assert size(state(limits=PARTS), asked).passed is passed


def test_of_an_asset_without_fractions_or_one_that_nothing_is_known_of_the_least_is_a_share(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    asked = candidate(qty=D(0), wanted=D("0.5"))
    assert size(state(limits=PARTS, assets={}), asked).limit == "1 share"


def test_a_size_that_cannot_be_told_is_unknown(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert size(state(), candidate(wanted=None, qty=D(0))) == UNKNOWN


@pytest.mark.parametrize(
    ("wanted", "qty", "notional", "value"),
    [
        ("2", "2", None, "2 shares"),
        ("2.9994000599", "2", None, "2.999400059 shares, rounded down to 2"),
        ("0.25", "0.25", "25.00", "25 dollars"),
    ],
)
def test_the_check_says_how_it_was_rounded(
    wanted: str,
    qty: str,
    notional: str | None,
    value: str,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    asked = candidate(wanted=D(wanted), qty=D(qty), notional=None if notional is None else D(notional))
    assert size(state(), asked).value == value


@pytest.mark.parametrize(
    ("fractional", "reason"),
    [
        (False, "the size is 0.009 shares, rounded down to 0, the least is 1 share"),
        (True, "the size is 0.9 dollars, the least is 1 dollar"),
    ],
)
def test_the_denial_says_so(
    reason: str, *, fractional: bool, denial: Callable[..., tuple[str, str]], state: Callable[..., State]
):
    limits = Limits(sizing=Sizing.DOLLARS, entry_dollars=D("0.90"), fractional=fractional)
    assert denial(state(limits=limits)) == ("size", reason)
