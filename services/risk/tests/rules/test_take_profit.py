from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from risk.candidate import UNKNOWN, Candidate
from risk.rules.take_profit import take_profit
from risk.state import State


@pytest.mark.parametrize(
    ("target", "passed"), [(None, True), ("99.99", False), ("100", False), ("100.01", True), ("NaN", False)]
)
def test_a_target_is_above_the_price(
    target: str | None, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    named = None if target is None else Decimal(target)
    assert take_profit(state(), candidate(take_profit=named)).passed is passed


def test_without_a_price_nothing_can_be_said(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert take_profit(state(), candidate(price=None, take_profit=Decimal(120))) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(), take_profit=Decimal("99.5"))
    assert found == ("take_profit", "the target is at 99.5, expected one above the price of 100")
