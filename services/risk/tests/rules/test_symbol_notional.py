from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.limits import Limits
from risk.candidate import UNKNOWN, Candidate
from risk.rules.symbol_notional import symbol_notional
from risk.state import Position, State

# Two shares held and three on their way, and 70 dollars to be spent, at 100 dollars a share.
TAKEN = Position(filled=Decimal(3), external=Decimal(-1), pending=Decimal(3), amount=Decimal(70))


@pytest.mark.parametrize(("limit", "passed"), [("669.99", False), ("670", True), ("670.01", True), ("0", True)])
def test_what_is_held_and_pending_counts_with_the_order(
    limit: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(limits=Limits(max_symbol_notional=Decimal(limit)), positions={"AAPL": TAKEN})
    assert symbol_notional(now, candidate()).passed is passed


def test_other_symbols_and_other_prices_do_not_count(state: Callable[..., State], candidate: Callable[..., Candidate]):
    now = state(limits=Limits(max_symbol_notional=Decimal(100)), positions={"MSFT": TAKEN})
    assert symbol_notional(now, candidate()).passed
    assert not symbol_notional(now, candidate(price=Decimal(101))).passed


def test_short_shares_count_as_well(state: Callable[..., State], candidate: Callable[..., Candidate]):
    short = Position(external=Decimal(-4))
    now = state(limits=Limits(max_symbol_notional=Decimal(499)), positions={"AAPL": short})
    assert not symbol_notional(now, candidate()).passed


def test_without_a_price_it_cannot_be_told(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert symbol_notional(state(), candidate(price=None)) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    now = state(limits=Limits(max_symbol_notional=Decimal(669)), positions={"AAPL": TAKEN})
    assert denial(now) == ("symbol_notional", "AAPL would be 670 dollars, more than 669")
