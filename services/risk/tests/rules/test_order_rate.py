from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from contracts.limits import Limits
from risk import pace
from risk.candidate import Candidate
from risk.pace import Pace
from risk.rules.order_rate import order_rate
from risk.state import State


def paced(*times: datetime) -> Pace:
    found = Pace()
    for at in times:
        pace.approved(found, at)
    return found


@pytest.mark.parametrize(("limit", "passed"), [(2, False), (3, True), (4, True), (0, True)])
def test_two_came_at_once_and_this_is_the_third(
    limit: int, *, passed: bool, noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(limits=Limits(max_orders_per_second=limit), pace=paced(noon, noon))
    assert order_rate(now, candidate()).passed is passed


@pytest.mark.parametrize(("milliseconds", "count"), [(999, "3"), (1000, "2"), (1400, "2"), (1500, "1")])
def test_only_the_last_second_counts(
    milliseconds: int,
    count: str,
    *,
    noon: datetime,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    now = state(pace=paced(noon, noon + timedelta(milliseconds=500)))
    assert order_rate(now, candidate(now=noon + timedelta(milliseconds=milliseconds))).value == count


def test_what_is_old_is_forgotten(noon: datetime):
    found = paced(*(noon + timedelta(milliseconds=100 * i) for i in range(1_000)))
    assert (len(found.newest), found.count) == (10, 10)


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State], noon: datetime):
    found = denial(state(limits=Limits(max_orders_per_second=2), pace=paced(noon, noon)))
    assert found == ("order_rate", "it would be entry 3 within a second, 2 at most")
