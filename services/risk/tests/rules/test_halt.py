from __future__ import annotations

from collections.abc import Callable

from contracts.control import Halted
from risk.candidate import Candidate
from risk.rules.halt import halt
from risk.state import State

HALTED = Halted(control_id="c1", scope="all", by="ann", why="lunch")


def test_only_a_halt_halts(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert halt(state(), candidate()).passed
    assert not halt(state(halts={"c1": HALTED}), candidate()).passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    assert denial(state(halts={"c1": HALTED})) == ("halt", "trading was halted by ann: lunch")
