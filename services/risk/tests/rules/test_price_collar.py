from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.limits import Limits
from contracts.verdicts import OrderDenied
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import QUOTE
from risk.rules.price_collar import price_collar
from risk.state import State
from risk.verdict import Verdict


@pytest.mark.parametrize(
    ("price", "passed"),
    [("104.99", True), ("105", True), ("105.01", False), ("95.01", True), ("95", True), ("94.99", False)],
)
def test_a_price_may_be_five_percent_from_the_last_trade(
    price: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(quotes={"AAPL": structs.replace(QUOTE, last=100)})
    assert price_collar(now, candidate(price=Decimal(price))).passed is passed


@pytest.mark.parametrize(("bid", "passed"), [(90.5, True), (90.48, True), (90.47, False)])
def test_without_a_trade_the_middle_counts(
    bid: float, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    # The middle of 90.476… and 100 is 5 percent below 100.
    now = state(quotes={"AAPL": structs.replace(QUOTE, bid=bid, ask=100, last=0)})
    assert price_collar(now, candidate()).passed is passed


@pytest.mark.parametrize(("bid", "ask"), [(0.0, 100.0), (100.0, 0.0), (-100.0, 100.0)])
def test_a_side_alone_waits_for_something_to_hold_it_against(
    bid: float, ask: float, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    quotes = {"AAPL": structs.replace(QUOTE, bid=bid, ask=ask, last=0)}
    answer = price_collar(state(quotes=quotes), candidate())
    reason = "the quote of AAPL has one side and no trade beside it"
    assert answer == Answer(passed=False, value="one side", limit="0.05", reason=reason, pending=True)
    off = price_collar(state(quotes=quotes, limits=Limits(price_collar=Decimal(0))), candidate())
    assert off == structs.replace(answer, passed=True, limit="any", pending=False)


@pytest.mark.parametrize("last", [1e-300, 1e300])
def test_a_trade_at_a_senseless_price_is_far_away(
    last: float, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    answer = price_collar(state(quotes={"AAPL": structs.replace(QUOTE, last=last)}), candidate())
    assert (answer.passed, answer.value) == (False, "1000000" if last < 1 else "1")


def test_a_collar_of_0_takes_any(state: Callable[..., State], candidate: Callable[..., Candidate]):
    now = state(limits=Limits(price_collar=Decimal(0)))
    assert price_collar(now, candidate(price=Decimal(1000))).passed


def test_without_a_quote_or_a_price_it_cannot_be_told(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert price_collar(state(quotes={}), candidate()) == UNKNOWN
    assert price_collar(state(), candidate(price=None)) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(quotes={"AAPL": structs.replace(QUOTE, last=95.23)}))
    assert found == ("price_collar", "100 dollars are 0.05008926 away from 95.23, more than 0.05")


def test_the_denial_of_a_side_alone_comes_after_the_wait(
    state: Callable[..., State], waited: Callable[..., Verdict | None]
):
    denied = waited(state(quotes={"AAPL": structs.replace(QUOTE, bid=0, last=0)}))
    assert isinstance(denied, OrderDenied)
    assert (denied.code, denied.reason) == ("price_collar", "the quote of AAPL has one side and no trade beside it")
