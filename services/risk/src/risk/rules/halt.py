"""While trading is halted nothing new is entered."""

from __future__ import annotations

from contracts.control import covers
from contracts.values import TradingState
from risk.candidate import Answer, Candidate
from risk.state import State


def halt(state: State, candidate: Candidate) -> Answer:
    """Ask for the halts by people that are about this strategy and symbol; the newest is named."""
    signal, limit = candidate.signal, TradingState.ACTIVE
    found = [one for one in state.halts.values() if covers(one, signal.strategy, signal.symbol)]
    if not found:
        return Answer(passed=True, value=limit, limit=limit, reason="")
    newest = found[-1]
    what = newest.symbol or newest.strategy or "trading"
    end = f", until {newest.until:%F %T} UTC" if newest.until else ""
    value = max((one.level for one in found), key=list(TradingState).index)
    return Answer(passed=False, value=value, limit=limit, reason=f"{what} was halted by {newest.by}: {newest.why}{end}")
