from __future__ import annotations

from collections.abc import Callable

from risk.candidate import Candidate
from risk.rules.unknown_order import unknown_order
from risk.state import State


def test_an_unknown_order_freezes_its_own_symbol_only(state: Callable[..., State], candidate: Callable[..., Candidate]):
    frozen = state(unknown={"o1": "AAPL"})
    assert unknown_order(state(), candidate()).passed
    assert not unknown_order(frozen, candidate()).passed
    assert unknown_order(frozen, candidate(symbol="MSFT")).passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(unknown={"o1": "AAPL", "o2": "AAPL", "o3": "MSFT"}))
    assert found == ("unknown_order", "it is not known what became of order o1, o2 of AAPL")
