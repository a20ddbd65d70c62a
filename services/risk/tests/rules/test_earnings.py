from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from contracts.control import EarningsSet
from contracts.limits import Limits
from contracts.sessions import Earnings
from risk.candidate import Candidate
from risk.core import evolve
from risk.rules.earnings import earnings
from risk.state import State

# A Wednesday, and a Saturday.
MIDWEEK, WEEKEND = date(2026, 11, 18), date(2026, 11, 21)


@pytest.mark.parametrize(
    ("report", "before", "after", "today", "passed"),
    [
        (MIDWEEK, 1, 1, "2026-11-16", True),
        (MIDWEEK, 1, 1, "2026-11-17", False),
        (MIDWEEK, 1, 1, "2026-11-18", False),
        (MIDWEEK, 1, 1, "2026-11-19", False),
        (MIDWEEK, 1, 1, "2026-11-20", True),
        # Weekends are not counted.
        (MIDWEEK, 4, 3, "2026-11-11", True),
        (MIDWEEK, 4, 3, "2026-11-12", False),
        (MIDWEEK, 4, 3, "2026-11-23", False),
        (MIDWEEK, 4, 3, "2026-11-24", True),
        (WEEKEND, 1, 1, "2026-11-19", True),
        (WEEKEND, 1, 1, "2026-11-20", False),
        (WEEKEND, 1, 1, "2026-11-23", False),
        (WEEKEND, 1, 1, "2026-11-24", True),
        # One of the two keeps the day itself.
        (MIDWEEK, 0, 1, "2026-11-17", True),
        (MIDWEEK, 0, 1, "2026-11-18", False),
        (MIDWEEK, 1, 0, "2026-11-18", False),
        (MIDWEEK, 1, 0, "2026-11-19", True),
        (MIDWEEK, 0, 0, "2026-11-18", True),
    ],
)
def test_the_days_around_a_report_are_kept_free(
    report: date,
    before: int,
    after: int,
    today: str,
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    now = state(earnings={"AAPL": (report,)}, limits=Limits(earnings_days_before=before, earnings_days_after=after))
    assert earnings(now, candidate(now=datetime.fromisoformat(f"{today}T16:00+00:00"))).passed is passed


def test_the_day_is_new_yorks(state: Callable[..., State], candidate: Callable[..., Candidate]):
    only_the_day = state(earnings={"AAPL": (MIDWEEK,)}, limits=Limits(earnings_days_before=0, earnings_days_after=1))
    evening_before = datetime(2026, 11, 18, 4, 59, tzinfo=UTC)
    assert earnings(only_the_day, candidate(now=evening_before)).passed
    assert not earnings(only_the_day, candidate(now=evening_before.replace(hour=5, minute=0))).passed


def test_a_new_calendar_replaces_the_old_one(state: Callable[..., State], candidate: Callable[..., Candidate]):
    def told(*days: tuple[str, date]) -> EarningsSet:
        listed = tuple(Earnings(symbol=symbol, day=day) for symbol, day in days)
        return EarningsSet(control_id="c", scope="all", earnings=listed, by="environment")

    now, today = state(), candidate(now=datetime(2026, 11, 18, 16, tzinfo=UTC))
    evolve(now, told(("AAPL", date(2026, 8, 1)), ("IBM", MIDWEEK), ("AAPL", MIDWEEK)))
    assert now.earnings == {"AAPL": (date(2026, 8, 1), MIDWEEK), "IBM": (MIDWEEK,)}
    assert not earnings(now, today).passed
    evolve(now, told(("IBM", MIDWEEK)))
    assert earnings(now, today).passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(earnings={"AAPL": (date(2013, 10, 8),)}))
    assert found == (
        "earnings",
        "AAPL reports on 2013-10-08: no entries on the weekdays from 1 before to 1 after",
    )
