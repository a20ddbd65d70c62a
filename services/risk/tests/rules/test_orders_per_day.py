from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from contracts.limits import Limits
from risk import pace
from risk.candidate import Candidate
from risk.pace import Pace
from risk.rules.orders_per_day import orders_per_day
from risk.state import State

# A minute before midnight in New York, where it is four hours earlier than in Greenwich.
EVENING = datetime(2013, 10, 8, 3, 59, tzinfo=UTC)


def paced(*times: datetime) -> Pace:
    found = Pace()
    for at in times:
        pace.approved(found, at)
    return found


@pytest.mark.parametrize(("limit", "passed"), [(2, False), (3, True), (4, True), (0, True)])
def test_two_came_and_this_is_the_third(
    limit: int, *, passed: bool, noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(limits=Limits(max_orders_per_day=limit), pace=paced(noon - timedelta(hours=2), noon))
    assert orders_per_day(now, candidate()).passed is passed


@pytest.mark.parametrize(("minutes", "count"), [(0, "3"), (1, "1"), (60 * 24, "1")])
def test_a_day_begins_at_midnight_in_new_york(
    minutes: int, count: str, *, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(pace=paced(EVENING - timedelta(hours=2), EVENING))
    assert orders_per_day(now, candidate(now=EVENING + timedelta(minutes=minutes))).value == count


def test_the_first_of_a_day_forgets_the_day_before():
    found = paced(EVENING, EVENING + timedelta(minutes=1))
    assert pace.today(found, EVENING + timedelta(minutes=1)) == 1


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State], noon: datetime):
    found = denial(state(limits=Limits(max_orders_per_day=2), pace=paced(noon, noon)))
    assert found == ("orders_per_day", "it would be entry 3 of the day, 2 at most")
