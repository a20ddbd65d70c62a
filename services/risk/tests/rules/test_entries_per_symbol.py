from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from risk.candidate import Candidate
from risk.rules.entries_per_symbol import entries_per_symbol
from risk.state import Position, State

ONE_HELD = Position(filled=Decimal(1), lots={"o1": Decimal(1)}, lots_qty=Decimal(1))
ONE_PENDING = Position(pending=Decimal(1), lots={"o1": Decimal(0)})
ONE_EXTERNAL = Position(external=Decimal(1))
ONE_HELD_ONE_PENDING = Position(
    filled=Decimal(1), pending=Decimal(1), lots={"o1": Decimal(1), "o2": Decimal(0)}, lots_qty=Decimal(1)
)
ONE_HELD_SOME_EXTERNAL = Position(filled=Decimal(1), external=Decimal(1), lots={"o1": Decimal(1)}, lots_qty=Decimal(1))


@pytest.mark.parametrize(
    ("position", "passed"),
    [
        (Position(), True),
        (ONE_HELD, True),
        (ONE_PENDING, True),
        (ONE_EXTERNAL, True),
        (ONE_HELD_ONE_PENDING, False),
        (ONE_HELD_SOME_EXTERNAL, False),
    ],
)
def test_two_entries_are_open_at_most(
    position: Position, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert entries_per_symbol(state(positions={"AAPL": position}), candidate()).passed is passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(positions={"AAPL": ONE_HELD_ONE_PENDING}))
    assert found == ("entries_per_symbol", "it would be entry 3 into AAPL, of 2 at most")
