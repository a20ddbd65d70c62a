from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.limits import Limits
from risk.candidate import UNKNOWN, Candidate
from risk.rules.sector_exposure import sector_exposure
from risk.state import Position, State

MakeState = Callable[..., State]
MakeCandidate = Callable[..., Candidate]
SECTORS = {"AAPL": "technology", "MSFT": "technology", "XOM": "energy"}
# 900 dollars of technology, 5,000 of energy.
TAKEN = {
    "AAPL": Position(filled=Decimal(4), pending=Decimal(2)),
    "MSFT": Position(external=Decimal(-3)),
    "XOM": Position(filled=Decimal(50)),
}


def capped(fraction: str) -> Limits:
    return Limits(max_sector_fraction=Decimal(fraction))


@pytest.mark.parametrize(("fraction", "passed"), [("0.00999", False), ("0.01", True), ("0.011", True), ("0", True)])
def test_a_sector_s_share_of_the_equity_of_100_000(
    fraction: str, *, passed: bool, state: MakeState, candidate: MakeCandidate
):
    now = state(limits=capped(fraction), positions=TAKEN, sectors=SECTORS)
    assert sector_exposure(now, candidate()).passed is passed


@pytest.mark.parametrize(("fraction", "passed"), [("0", True), ("1", False)])
def test_a_symbol_without_a_sector_is_entered_only_where_sectors_do_not_matter(
    fraction: str, *, passed: bool, state: MakeState, candidate: MakeCandidate
):
    assert sector_exposure(state(limits=capped(fraction)), candidate()).passed is passed


def test_what_has_no_price_is_waited_for_in_its_own_sector(state: MakeState, candidate: MakeCandidate):
    now = structs.replace(state(limits=capped("0.1"), sectors=SECTORS), unpriced={"MSFT": True})
    assert sector_exposure(now, candidate()).pending
    assert sector_exposure(now, candidate(symbol="XOM")).passed


def test_without_price_or_account_nothing_can_be_said(state: MakeState, candidate: MakeCandidate):
    assert sector_exposure(state(), candidate(price=None)) == UNKNOWN
    assert sector_exposure(state(snapshot=None), candidate()) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: MakeState):
    now = state(limits=capped("0.005"), positions=TAKEN, sectors=SECTORS)
    assert denial(now) == ("sector_exposure", "technology would be 1000 dollars, more than 500")
    reason = "AAPL belongs to no sector; name it in SECTORS_FILE, as a line AAPL,its sector"
    assert denial(state(limits=capped("0.005"))) == ("sector_exposure", reason)
