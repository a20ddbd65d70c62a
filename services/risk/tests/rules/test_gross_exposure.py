from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.limits import Limits
from risk.candidate import UNKNOWN, Candidate
from risk.rules.gross_exposure import gross_exposure
from risk.state import Position, State

MakeState = Callable[..., State]
MakeCandidate = Callable[..., Candidate]
# 600 dollars of AAPL held and pending, 300 of MSFT short.
TAKEN = {"AAPL": Position(filled=Decimal(4), pending=Decimal(2)), "MSFT": Position(external=Decimal(-3))}


@pytest.mark.parametrize(("limit", "passed"), [("999.99", False), ("1000", True), ("1000.01", True), ("0", True)])
def test_dollars(limit: str, *, passed: bool, state: MakeState, candidate: MakeCandidate):
    now = state(limits=Limits(max_gross_notional=Decimal(limit), max_gross_fraction=Decimal(0)), positions=TAKEN)
    assert gross_exposure(now, candidate()).passed is passed


@pytest.mark.parametrize(("fraction", "passed"), [("0.00999", False), ("0.01", True), ("0.011", True), ("0", True)])
def test_a_share_of_the_equity_of_100_000(fraction: str, *, passed: bool, state: MakeState, candidate: MakeCandidate):
    now = state(limits=Limits(max_gross_fraction=Decimal(fraction)), positions=TAKEN)
    assert gross_exposure(now, candidate()).passed is passed


@pytest.mark.parametrize(
    ("notional", "fraction", "limit"),
    [
        ("500", "0.01", "500 (max_gross_notional)"),
        ("5000", "0.01", "1000 (max_gross_fraction)"),
        ("5000", "0", "5000 (max_gross_notional)"),
        ("0", "1", "100000 (max_gross_fraction)"),
        ("0", "0", "none"),
    ],
)
def test_the_tighter_limit_is_named(
    notional: str, fraction: str, limit: str, state: MakeState, candidate: MakeCandidate
):
    limits = Limits(max_gross_notional=Decimal(notional), max_gross_fraction=Decimal(fraction))
    found = gross_exposure(state(limits=limits, positions=TAKEN), candidate())
    assert (found.value, found.limit) == ("1000", limit)


def test_the_symbol_itself_counts_at_the_price_that_is_asked_about(state: MakeState, candidate: MakeCandidate):
    now = state(positions=TAKEN)
    assert gross_exposure(now, candidate(price=Decimal(110))).value == "1070"


@pytest.mark.parametrize("equity", [-5, 0])
def test_with_no_equity_nothing_is_entered(
    equity: int, state: MakeState, candidate: MakeCandidate, snapshot: Callable[..., AccountSnapshot]
):
    assert not gross_exposure(state(snapshot=snapshot(equity=Decimal(equity))), candidate()).passed


def test_what_has_no_price_is_waited_for(state: MakeState, candidate: MakeCandidate):
    found = gross_exposure(structs.replace(state(), unpriced={"XYZ": True}), candidate())
    assert (found.passed, found.pending, found.reason) == (False, True, "no price is known for XYZ")


def test_without_price_or_account_nothing_can_be_said(state: MakeState, candidate: MakeCandidate):
    assert gross_exposure(state(), candidate(price=None)) == UNKNOWN
    assert gross_exposure(state(snapshot=None), candidate()) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: MakeState):
    now = state(limits=Limits(max_gross_notional=Decimal(999)), positions=TAKEN)
    reason = "all positions would be 1000 dollars, more than 999 (max_gross_notional)"
    assert denial(now) == ("gross_exposure", reason)
