from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from contracts.limits import Limits
from contracts.sessions import Session
from risk.candidate import Candidate
from risk.rules.trading_window import trading_window
from risk.state import State

NEW_YORK, UTC = ZoneInfo("America/New_York"), ZoneInfo("UTC")


def at(text: str) -> datetime:
    """Market time as the log has it, from New York's."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("time", "close", "passed"),
    [
        ("2026-11-23 09:30:59.999", "2026-11-23 16:00", False),
        ("2026-11-23 09:31:00", "2026-11-23 16:00", True),
        ("2026-11-23 15:54:59.999", "2026-11-23 16:00", True),
        ("2026-11-23 15:55:00", "2026-11-23 16:00", False),
        # The day after Thanksgiving ends at one.
        ("2026-11-27 09:31:00", "2026-11-27 13:00", True),
        ("2026-11-27 12:54:59", "2026-11-27 13:00", True),
        ("2026-11-27 12:55:00", "2026-11-27 13:00", False),
        # Its close says nothing of the day before.
        ("2026-11-25 15:54:59", "2026-11-27 13:00", True),
        # An exchange that goes on into the evening moves nothing.
        ("2026-11-23 15:54:59", "2026-11-23 20:00", True),
        ("2026-11-23 15:55:00", "2026-11-23 20:00", False),
        # Clocks changed on 8 March and 1 November.
        ("2026-03-06 09:31:00", "2026-03-06 16:00", True),
        ("2026-03-09 09:31:00", "2026-03-09 16:00", True),
        ("2026-03-09 09:30:59", "2026-03-09 16:00", False),
        ("2026-10-30 15:55:00", "2026-10-30 16:00", False),
        ("2026-11-02 15:54:59", "2026-11-02 16:00", True),
        ("2026-11-02 15:55:00", "2026-11-02 16:00", False),
    ],
)
def test_the_window_holds_in_new_york(
    time: str, close: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert trading_window(state(next_close=at(close)), candidate(now=at(time))).passed is passed


def test_the_same_minute_is_another_in_utc_before_and_after_the_clocks_change():
    assert (at("2026-03-06 09:31").hour, at("2026-03-09 09:31").hour) == (14, 13)


def test_an_end_that_a_half_day_would_put_before_midnight_leaves_no_window(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(next_close=at("2026-11-27 13:00"), limits=Limits(window_start="00:00", window_end="02:00"))
    answer = trading_window(now, candidate(now=at("2026-11-27 00:00")))
    assert (answer.passed, answer.limit) == (False, "00:00 to 00:00")


def test_without_a_close_the_day_is_a_whole_one(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert trading_window(state(next_close=None), candidate(now=at("2026-11-27 15:54"))).passed


def test_sessions_take_its_place(state: Callable[..., State], candidate: Callable[..., Candidate]):
    planned = state(sessions=(Session(name="open", start="09:30", end="09:31"),))
    assert trading_window(planned, candidate(now=at("2026-11-23 09:30"))).passed
    assert not trading_window(state(), candidate(now=at("2026-11-23 09:30"))).passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    early = state(now=at("2013-10-07 09:30"), next_close=at("2013-10-07 13:00"))
    assert denial(early) == (
        "trading_window",
        "it is 09:30 in New York, entries are from 09:31 to before 12:55",
    )
