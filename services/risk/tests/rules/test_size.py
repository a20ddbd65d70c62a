from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.limits import Limits
from risk.candidate import UNKNOWN, Candidate
from risk.rules.size import size
from risk.state import State


@pytest.mark.parametrize(
    ("qty", "fractional", "passed"),
    [("0", False, False), ("1", False, True), ("2", False, True), ("0", True, False), ("0.000000001", True, True)],
)
def test_an_order_has_at_least_its_least_quantity(
    qty: str,
    *,
    fractional: bool,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    limits = Limits(fractional=fractional)
    assert size(state(limits=limits), candidate(qty=Decimal(qty))).passed is passed


def test_a_size_that_cannot_be_told_is_unknown(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert size(state(), candidate(wanted=None, qty=Decimal(0))) == UNKNOWN


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    limits = Limits(percent_of_equity=Decimal("0.0009"))
    assert denial(state(limits=limits)) == ("size", "0.9 shares is too small an order, the least is 1")
