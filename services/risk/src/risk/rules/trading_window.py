"""Entries keep away from the open and the close."""

from __future__ import annotations

from contracts.limits import Limits
from risk.candidate import Answer, Candidate
from risk.clock import earlier, time_of_day, todays_close
from risk.example import Example, moment
from risk.state import State

LIMITS = ("window_start", "window_end")
CURE = "Wait until the window opens, or set other hours. Where sessions are planned, they take its place."


def trading_window(state: State, candidate: Candidate) -> Answer:
    """Go by the time in New York, from `window_start` to before `window_end`; not asked where sessions are planned.

    On a half-day the window ends as long before the close as on any other day.
    """
    start, close = state.limits.window_start, todays_close(candidate.now, state.next_close)
    now, end = time_of_day(candidate.now), earlier(state.limits.window_end, close)
    if state.sessions:
        return Answer(passed=True, value=now, limit="the sessions", reason="")
    reason = f"it is {now} in New York, entries are from {start} to before {end}"
    return Answer(start <= now < end, now, f"{start} to {end}", reason)


def broken() -> Example:
    return Example(moment(limits=Limits(window_start="13:00")))
