"""While a person has halted trading nothing new is entered."""

from __future__ import annotations

from contracts.control import Halted, covers
from contracts.days import new_york
from contracts.halts import worst
from contracts.values import TradingState
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ()
CURE = "Wait for its end, where it has one, or resume: `interlock resume` or `POST /resume`."


def halt(state: State, candidate: Candidate) -> Answer:
    """Ask for the halts that are about this strategy and symbol, of whatever level; the newest is named."""
    signal, limit = candidate.signal, TradingState.ACTIVE
    found = [one for one in state.halts.values() if covers(one, signal.strategy, signal.symbol)]
    if not found:
        return Answer(passed=True, value=limit, limit=limit, reason="")
    newest = found[-1]
    what = " of ".join(filter(None, (newest.symbol, newest.strategy))) or "trading"
    end = f", until {new_york(newest.until):%F %R} New York" if newest.until else ""
    reason = f"{what} was halted by {newest.by}: {newest.why}{end}"
    return Answer(passed=False, value=worst(one.level for one in found), limit=limit, reason=reason)


def broken() -> Example:
    lunch = Halted(control_id="h1", scope="all", by="ann", why="lunch")
    return Example(moment(halts={"h1": lunch}))
