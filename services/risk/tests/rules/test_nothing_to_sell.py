from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.signals import Action
from risk.candidate import Candidate
from risk.rules.nothing_to_sell import nothing_to_sell
from risk.state import Position, State


@pytest.mark.parametrize(("qty", "passed"), [("-1", False), ("0", False), ("0.5", True), ("1", True)])
def test_there_must_be_something_to_sell(
    qty: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert nothing_to_sell(state(), candidate(action=Action.SELL, qty=Decimal(qty))).passed is passed


@pytest.mark.parametrize("asked", ["0", "-3", "NaN", "Infinity"])
def test_a_senseless_quantity_sells_nothing(
    asked: str, denial: Callable[..., tuple[str, str]], state: Callable[..., State]
):
    held = state(positions={"AAPL": Position(filled=Decimal(5))})
    found = denial(held, action=Action.SELL, qty=Decimal(asked))
    assert found == ("nothing_to_sell", f"there is nothing to sell: {asked} of 5 shares of AAPL")


@pytest.mark.parametrize("held", ["0", "-5"])
def test_the_denial_says_so(held: str, denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(positions={"AAPL": Position(external=Decimal(held))}), action=Action.SELL)
    assert found == ("nothing_to_sell", f"there is nothing to sell: {held} shares of AAPL")
