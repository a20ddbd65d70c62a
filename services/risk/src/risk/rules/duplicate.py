"""The same thing is not done twice in a row."""

from __future__ import annotations

from datetime import timedelta

from contracts.signals import Action
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.state import State, recent_key

LIMITS = ("duplicate_seconds",)
CURE = "Wait, if it is meant: a sender that repeats itself needs no answer."


def duplicate(state: State, candidate: Candidate) -> Answer:
    """Compare the market time since the last approval for the same symbol and action.

    A denied signal stands in nobody's way. Signals that wait are judged in the order they came, so of two that wait
    the second is the duplicate. To leave all of a position is none: after a part was left it means the rest, and done
    twice it is done once.
    """
    signal, limit = candidate.signal, state.limits.duplicate_seconds
    last = state.recent.get(recent_key(signal.symbol, signal.action))
    if last is None or (signal.action is Action.SELL and signal.qty is None):
        return Answer(passed=True, value="first", limit=f"{limit:g}", reason="")
    seconds = (candidate.now - last).total_seconds()
    reason = f"{signal.action} {signal.symbol} was approved {seconds:g} s ago, less than {limit:g} s"
    return Answer(seconds >= limit, f"{seconds:g}", f"{limit:g}", reason)


def broken() -> Example:
    return Example(moment(recent={recent_key("AAPL", Action.BUY): NOON - timedelta(seconds=59)}))
