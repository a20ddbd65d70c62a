from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.limits import Limits
from contracts.verdicts import OrderDenied
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.example import QUOTE
from risk.rules.spread import spread
from risk.state import State
from risk.verdict import Verdict


@pytest.mark.parametrize(
    ("bid", "ask", "passed"), [(97.5, 102.5, True), (97.51, 102.5, True), (97.49, 102.5, False), (97.5, 102.51, False)]
)
def test_bid_and_ask_may_be_five_percent_of_the_middle_apart(
    bid: float, ask: float, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    quotes = {"AAPL": structs.replace(QUOTE, bid=bid, ask=ask)}
    assert spread(state(quotes=quotes), candidate()).passed is passed
    off = state(quotes=quotes, limits=Limits(max_spread=Decimal(0)))
    assert spread(off, candidate()).passed


@pytest.mark.parametrize(
    ("bid", "ask", "answer"),
    [
        (100, 100, Answer(passed=True, value="0, locked", limit="0.05",
                          reason="the spread of AAPL is 0 of its price, more than 0.05")),
        (0, 100, Answer(passed=True, value="one side", limit="0.05", reason="")),
        (-100, 100, Answer(passed=True, value="one side", limit="0.05", reason="")),
        (100, 0, Answer(passed=True, value="one side", limit="0.05", reason="")),
        (100.1, 100, Answer(passed=False, value="crossed", limit="0.05", pending=True,
                            reason="the quote of AAPL is crossed: 100.1 bid, 100 asked")),
    ],
)  # fmt: skip
def test_what_is_no_ordinary_quote_is_said(
    bid: float, ask: float, answer: Answer, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert spread(state(quotes={"AAPL": structs.replace(QUOTE, bid=bid, ask=ask)}), candidate()) == answer


def test_without_a_quote_it_cannot_be_told(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert spread(state(quotes={}), candidate()) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(quotes={"AAPL": structs.replace(QUOTE, bid=95)}))
    assert found == ("spread", "the spread of AAPL is 0.05128205 of its price, more than 0.05")


def test_the_denial_of_a_crossed_quote_comes_after_the_wait(
    state: Callable[..., State], waited: Callable[..., Verdict | None]
):
    denied = waited(state(quotes={"AAPL": structs.replace(QUOTE, bid=100.5)}))
    assert isinstance(denied, OrderDenied)
    assert (denied.code, denied.reason) == ("spread", "the quote of AAPL is crossed: 100.5 bid, 100 asked")
