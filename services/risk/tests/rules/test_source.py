from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.limits import Limits
from contracts.signals import Action, Source
from contracts.verdicts import ExitApproved
from risk.candidate import Candidate
from risk.rules.source import source
from risk.state import Position, State
from risk.verdict import Verdict


@pytest.mark.parametrize(
    ("subscribed", "name", "passed"),
    [
        ((), Source.WEBHOOK, True),
        ((Source.WS,), Source.WS, True),
        ((Source.FILE, Source.WS), Source.WS, True),
        ((Source.FILE, Source.WS), Source.WEBHOOK, False),
        ((Source.FILE,), Source.MANUAL, True),
    ],
)
def test_an_empty_list_takes_all_and_a_person_is_always_heard(
    subscribed: tuple[Source, ...],
    name: Source,
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    assert source(state(limits=Limits(sources=subscribed)), candidate(source=name)).passed is passed


def test_leaving_needs_no_subscription(verdict: Callable[..., Verdict | None], state: Callable[..., State]):
    held = state(limits=Limits(sources=(Source.FILE,)), positions={"AAPL": Position(filled=state().prices["AAPL"])})
    assert isinstance(verdict(held, action=Action.SELL), ExitApproved)


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(limits=Limits(sources=(Source.FILE, Source.IDEA))))
    assert found == ("source", "the account takes signals from file, idea, not from ws")
