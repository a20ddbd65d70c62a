from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.signals import Source
from contracts.values import Mode
from risk.candidate import Candidate
from risk.rules.confidence import confidence
from risk.state import State


@pytest.mark.parametrize(("value", "passed"), [(0.69, False), (0.7, True), (0.71, True)])
def test_the_minimum_itself_is_enough(
    value: float, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert confidence(state(), candidate(confidence=value)).passed is passed


@pytest.mark.parametrize(("mode", "passed"), [(Mode.MANUAL, True), (Mode.AUTO, False)])
def test_a_person_s_trade_needs_no_confidence_in_manual_mode(
    mode: Mode, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert confidence(state(mode=mode), candidate(source=Source.MANUAL, confidence=0.0)).passed is passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    assert denial(state(), confidence=0.69) == ("confidence", "confidence 0.69 is below the minimum of 0.7")
