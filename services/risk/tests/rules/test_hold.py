from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.signals import Action
from risk.candidate import Candidate
from risk.rules.hold import hold
from risk.state import State


@pytest.mark.parametrize(("action", "passed"), [(Action.BUY, True), (Action.SELL, True), (Action.HOLD, False)])
def test_only_hold_is_held(
    action: Action, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert hold(state(), candidate(action=action)).passed is passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    assert denial(state(), action=Action.HOLD) == ("hold", "the signal says to hold")
