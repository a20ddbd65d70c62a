from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from risk.candidate import Candidate
from risk.rules.max_concurrent import max_concurrent
from risk.state import Position, State

HELD, PENDING, CLOSED = Position(filled=Decimal(1)), Position(pending=Decimal(1)), Position()


@pytest.mark.parametrize(
    ("positions", "passed"),
    [
        ({"B": HELD}, True),
        ({"B": HELD, "C": PENDING}, True),
        ({"B": HELD, "C": PENDING, "D": CLOSED}, True),
        ({"B": HELD, "C": PENDING, "AAPL": HELD}, True),
        ({"B": HELD, "C": PENDING, "D": HELD}, False),
    ],
)
def test_three_symbols_are_open_at_most(
    positions: dict[str, Position],
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    assert max_concurrent(state(positions=positions), candidate()).passed is passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(positions={"B": HELD, "C": HELD, "D": HELD}))
    assert found == ("max_concurrent", "4 symbols would be open, 3 at most")
