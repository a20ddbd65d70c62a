from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import structs

from contracts.control import GateSwitched, Resumed
from risk.candidate import Candidate
from risk.core import evolve
from risk.rules.gate import broken, gate
from risk.state import State

OFF = GateSwitched(control_id="g1", scope="all", active=False, by="ann", why="audit")


@pytest.mark.parametrize(("scope", "passed"), [("all", False), ("paper", False), ("other", True)])
def test_a_gate_of_this_account_that_is_off_approves_nothing(
    scope: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    answer = gate(evolve(state(), structs.replace(OFF, scope=scope)), candidate())
    assert (answer.passed, answer.value) == (passed, "active" if passed else "off")


def test_it_is_on_again_when_it_is_switched_on_and_no_resume_does_that(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    s = evolve(evolve(state(), OFF), Resumed(control_id="r1", scope="all", by="ann", why=""))
    assert not gate(s, candidate()).passed
    on = structs.replace(OFF, control_id="g2", active=True, ends="g1")
    assert gate(evolve(s, on), candidate()).passed


def test_whoever_switches_it_on_ends_only_what_they_have_seen(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    s = evolve(evolve(state(), OFF), structs.replace(OFF, control_id="g2"))
    assert not gate(evolve(s, structs.replace(OFF, control_id="g3", active=True, ends="g1")), candidate()).passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]]):
    assert denial(broken().state) == ("gate", "the gate was switched off by ann: audit")
