"""The windows of a portfolio history, beside the examples that Alpaca publishes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from paper_exchange.sessions import Sessions
from paper_exchange.tape import SECOND
from paper_exchange.windows import Asked, windows

MINUTES = 60


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return Sessions(date(2023, 10, 2))


def at(text: str) -> int:
    """Nanoseconds of a time of October 2023, New York in summer."""
    return int(datetime.fromisoformat(f"2023-10-{text}:00-04:00").timestamp()) * SECOND


def asked(start: str, end: str, timeframe: str, reporting: str = "market_hours", *, is_reset: bool = True) -> Asked:
    return Asked(at(start), at(end), timeframe, reporting, is_reset)


def labels(sessions: Sessions, one: Asked) -> list[int]:
    return [window.label // SECOND for window in windows(one, sessions, at("31T00:00"))]


def test_quarters_of_an_hour_are_labeled_from_the_open_to_the_close(sessions: Sessions):
    shown = labels(sessions, asked("19T00:00", "19T23:59", "15Min"))
    assert shown == list(range(1697722200, 1697745600 + 1, 15 * MINUTES))


def test_days_are_labeled_by_their_end(sessions: Sessions):
    shown = labels(sessions, asked("13T00:00", "19T23:59", "1D"))
    assert shown == [1697241600, 1697500800, 1697587200, 1697673600, 1697760000]


def test_extended_hours_reach_from_four_to_eight(sessions: Sessions):
    shown = labels(sessions, asked("19T00:00", "19T23:59", "1H", "extended_hours"))
    assert [datetime.fromtimestamp(one, UTC).hour for one in (shown[0], shown[-1])] == [8, 0]
    assert len(shown) == 17


def test_a_continuous_history_knows_no_night(sessions: Sessions):
    assert len(labels(sessions, asked("18T00:20", "19T00:20", "1H", "continuous"))) == 25


def test_gains_of_a_day_are_counted_from_the_close_before(sessions: Sessions):
    days = windows(asked("18T00:00", "19T23:59", "1H"), sessions, at("31T00:00"))
    assert {window.base for window in days} == {at("17T16:00"), at("18T16:00")}
    assert days[-1].base == at("18T16:00")


def test_gains_that_are_not_reset_are_counted_from_one_close(sessions: Sessions):
    days = windows(asked("18T00:00", "19T23:59", "1H", is_reset=False), sessions, at("31T00:00"))
    assert {window.base for window in days} == {at("17T16:00")}


def test_gains_of_days_are_counted_from_the_end_of_the_first(sessions: Sessions):
    days = windows(asked("18T00:00", "20T23:59", "1D"), sessions, at("20T12:00"))
    assert [(window.label, window.end, window.base) for window in days] == [
        (end, end, at("18T20:00")) for end in (at("18T20:00"), at("19T20:00"), at("20T12:00"))
    ]


def test_the_window_that_is_not_over_ends_now(sessions: Sessions):
    last = windows(asked("19T00:00", "19T10:17", "15Min"), sessions, at("19T10:17"))[-1]
    assert (last.label, last.end) == (at("19T10:15"), at("19T10:17"))


def test_a_weekend_has_no_windows(sessions: Sessions):
    assert windows(asked("14T00:00", "15T23:59", "1D"), sessions, at("16T00:00")) == []
