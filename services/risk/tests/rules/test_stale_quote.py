from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from contracts.limits import Limits
from contracts.market import Quote
from contracts.signals import Signal
from contracts.verdicts import OrderApproved, OrderDenied
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.core import decide, evolve
from risk.rules.stale_quote import stale_quote
from risk.state import State
from risk.verdict import Verdict


@pytest.mark.parametrize(
    ("seconds", "limit", "passed"),
    [
        (119, 120, True), (120, 120, True), (120.1, 120, False), (0, 120, True), (1e6, 0, True),
        (-119, 120, True), (-120, 120, True), (-120.1, 120, False), (-1e6, 0, True),
    ],
)  # fmt: skip
def test_a_quote_may_be_as_old_as_the_limit_says(
    seconds: float,
    limit: float,
    *,
    passed: bool,
    noon: datetime,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    now = state(limits=Limits(quote_max_age_seconds=limit))
    answer = stale_quote(now, candidate(now=noon + timedelta(seconds=seconds)))
    assert (answer.passed, answer.pending) == (passed, not passed)


def test_without_a_quote_it_cannot_be_told(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert stale_quote(state(quotes={}), candidate()) == UNKNOWN


def test_a_limit_of_0_takes_any(noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]):
    answer = stale_quote(state(limits=Limits(quote_max_age_seconds=0)), candidate(now=noon + timedelta(hours=1)))
    assert answer == Answer(
        passed=True, value="3600", limit="any", reason="the newest quote of AAPL is 3600 s old, more than 0 s"
    )


def test_the_signal_waits_for_the_quote_that_the_feed_asks_for(
    noon: datetime, state: Callable[..., State], signal: Callable[..., Signal]
):
    late = noon + timedelta(seconds=121)
    now = state(now=late)
    came = signal(at=late)
    assert decide(now, came) == ()
    evolve(now, came)
    (approved,) = decide(now, Quote(symbol="AAPL", bid=100.9, ask=101, last=101, at=late))
    assert isinstance(approved, OrderApproved)
    assert approved.reference_price == Decimal(101)


def test_the_denial_says_so_after_the_wait(
    noon: datetime, state: Callable[..., State], waited: Callable[..., Verdict | None]
):
    denied = waited(state(now=noon + timedelta(seconds=121)))
    assert isinstance(denied, OrderDenied)
    assert (denied.code, denied.reason) == ("stale_quote", "the newest quote of AAPL is 121 s old, more than 120 s")


def test_a_quote_from_after_the_clock_stood_still_waits_for_the_clock(
    noon: datetime, state: Callable[..., State], waited: Callable[..., Verdict | None]
):
    ahead = state(now=noon - timedelta(seconds=121))
    denied = waited(ahead)
    assert isinstance(denied, OrderDenied)
    said = "the newest quote of AAPL is 121 s ahead of the market's clock, more than 120 s"
    assert (denied.code, denied.value, denied.reason) == ("stale_quote", "-121", said)
