from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.limits import Limits
from risk.candidate import Candidate
from risk.rules.open_orders import open_orders
from risk.state import Entry, State

ENTRIES = {
    "o1": Entry(symbol="MSFT", qty=Decimal(1), price=Decimal(300)),
    "o2": Entry(symbol="XOM", qty=Decimal(1), price=Decimal(100), external=True),
}


@pytest.mark.parametrize(("limit", "passed"), [(2, False), (3, True), (4, True)])
def test_two_are_open_and_this_is_the_third(
    limit: int, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert open_orders(state(limits=Limits(max_open_orders=limit), entries=ENTRIES), candidate()).passed is passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(limits=Limits(max_open_orders=2), entries=ENTRIES))
    assert found == ("open_orders", "3 orders would be open, 2 at most")
