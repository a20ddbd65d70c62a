from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.signals import Source
from contracts.values import Mode
from risk.candidate import Candidate
from risk.rules.mode import mode
from risk.state import State


@pytest.mark.parametrize(
    ("set_to", "source", "passed"),
    [
        (Mode.AUTO, Source.WS, True),
        (Mode.AUTO, Source.MANUAL, True),
        (Mode.MANUAL, Source.MANUAL, True),
        (Mode.MANUAL, Source.WS, False),
        (Mode.MANUAL, Source.STRATEGY, False),
    ],
)
def test_manual_mode_leaves_only_a_person_s_trades(
    set_to: Mode,
    source: Source,
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    assert mode(state(mode=set_to), candidate(source=source)).passed is passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    assert denial(state(mode=Mode.MANUAL)) == ("mode", "mode is manual and the signal came from ws")
