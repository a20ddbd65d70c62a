from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from contracts.signals import Action
from risk.candidate import Candidate
from risk.rules.duplicate import duplicate
from risk.state import State


@pytest.mark.parametrize(("seconds", "passed"), [(0, False), (59, False), (60, True), (61, True)])
def test_the_same_again_must_wait_out_the_window(
    seconds: int,
    *,
    passed: bool,
    noon: datetime,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    before = state(recent={"AAPL BUY": noon - timedelta(seconds=seconds)})
    assert duplicate(before, candidate()).passed is passed


@pytest.mark.parametrize("changes", [{"symbol": "MSFT"}, {"action": Action.SELL}])
def test_another_symbol_or_action_is_no_duplicate(
    changes: dict[str, object],
    noon: datetime,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    assert duplicate(state(recent={"AAPL BUY": noon}), candidate(**changes)).passed


def test_the_denial_says_so(noon: datetime, denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(recent={"AAPL BUY": noon - timedelta(seconds=59)}))
    assert found == ("duplicate", "BUY AAPL was approved 59 s ago, less than 60 s")
