"""Weekdays, forwards and back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.days import weekdays, weekdays_back

MONDAY = date(2026, 3, 2)
FRIDAY_BEFORE = date(2026, 2, 27)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (MONDAY, 1, FRIDAY_BEFORE),
        (MONDAY, 2, FRIDAY_BEFORE - timedelta(days=1)),
        (MONDAY, 5, MONDAY - timedelta(days=7)),
        (MONDAY + timedelta(days=2), 2, MONDAY),
        (MONDAY - timedelta(days=1), 1, FRIDAY_BEFORE),
        (MONDAY, 1_000_000, date.min),
    ],
)
def test_so_many_weekdays_before_a_day(day: date, count: int, expected: date):
    assert weekdays_back(day, count) == expected


@given(day=st.dates(date(1900, 1, 1), date(2200, 1, 1)), count=st.integers(1, 300))
def test_from_there_on_and_no_weekday_earlier_it_is_so_near(day: date, count: int):
    first = weekdays_back(day, count)
    assert first.isoweekday() <= 5
    assert weekdays(first, day) == count
    before = first - timedelta(days=1)
    assert weekdays(before, day) > count or before.isoweekday() > 5
