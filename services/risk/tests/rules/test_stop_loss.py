from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.limits import Limits, Sizing
from risk.candidate import UNKNOWN, Candidate
from risk.rules.stop_loss import stop_loss
from risk.state import State

D = Decimal
BY_RISK = Limits(sizing=Sizing.RISK_PER_TRADE, risk_per_trade=D("0.01"))


@pytest.mark.parametrize(
    ("stop", "passed"),
    [("-1", False), ("0", False), ("0.01", True), ("99.99", True), ("100", False), ("100.01", False), ("NaN", False)],
)
def test_a_stop_is_above_nothing_and_below_the_price(
    stop: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert stop_loss(state(), candidate(stop_loss=D(stop))).passed is passed


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ({"stop_fraction": D("0.0001")}, "99.99"),
        ({"stop_fraction": D("0.99")}, "1"),
        ({"stop_dollars": D(2)}, "98"),
        ({"stop_dollars": D("99.99")}, "0.01"),
        ({"stop_dollars": D(100)}, "95"),
    ],
)
def test_where_a_size_is_made_of_our_own_stop_that_is_below_the_price(
    by: dict[str, D], value: str, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    answer = stop_loss(state(limits=structs.replace(BY_RISK, **by)), candidate())
    assert (answer.passed, answer.value) == (True, value)


def test_where_it_is_not_our_own_stop_is_no_matter(state: Callable[..., State], candidate: Callable[..., Candidate]):
    answer = stop_loss(state(), candidate())
    assert (answer.passed, answer.value) == (True, "none")


def test_without_a_price_nothing_can_be_said(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert stop_loss(state(), candidate(price=None, stop_loss=D(90))) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(), stop_loss=D(100))
    assert found == ("stop_loss", "the stop is at 100, expected one above 0 and below the price of 100")
