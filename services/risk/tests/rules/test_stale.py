from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from contracts.limits import Limits
from risk.candidate import Candidate
from risk.rules.stale import stale
from risk.state import State


@pytest.mark.parametrize(("age", "passed"), [(-5, True), (59, True), (60, True), (61, False)])
def test_the_maximum_age_itself_is_not_too_old(
    age: int, *, passed: bool, noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert stale(state(), candidate(at=noon - timedelta(seconds=age))).passed is passed


def test_the_time_that_a_signal_waited_for_a_price_does_not_count(
    noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    late = noon + timedelta(minutes=5)
    assert stale(state(now=late), candidate(now=late)).passed


def test_a_maximum_of_zero_turns_the_rule_off(
    noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    limits = Limits(signal_max_age_seconds=0)
    assert stale(state(limits=limits), candidate(at=noon - timedelta(days=1))).passed


def test_the_denial_says_so(noon: datetime, denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(), at=noon - timedelta(seconds=61))
    assert found == ("stale", "the signal was 61 s old, more than 60 s")
