from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from risk.candidate import UNKNOWN, Candidate
from risk.rules.position_size import position_size
from risk.state import Position, State


@pytest.mark.parametrize(("qty", "passed"), [(49, True), (50, True), (51, False)])
def test_the_limit_itself_may_be_reached(
    qty: int, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert position_size(state(), candidate(qty=Decimal(qty))).passed is passed


@pytest.mark.parametrize(("qty", "passed"), [(9, True), (10, True), (11, False)])
def test_what_is_held_and_what_is_pending_count(
    qty: int, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    position = Position(filled=Decimal(20), external=Decimal(5), pending=Decimal(15))
    assert position_size(state(positions={"AAPL": position}), candidate(qty=Decimal(qty))).passed is passed


def test_without_price_or_account_nothing_can_be_said(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert position_size(state(), candidate(price=None)) == UNKNOWN
    assert position_size(state(snapshot=None), candidate()) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(), qty=Decimal(51))
    assert found == ("position_size", "the position would be 5100 dollars, more than 5000")
