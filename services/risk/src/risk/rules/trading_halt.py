"""While the exchange has halted a symbol, nothing is bought: nobody knows at which price it will come back."""

from __future__ import annotations

from contracts.market import TradingStatus
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.state import State

LIMITS = ()
CURE = "Wait until the exchange lets it trade again."


def trading_halt(state: State, candidate: Candidate) -> Answer:
    """Go by the exchange's own word, from the stream of prices, until it or a trade says that the halt is over."""
    symbol = candidate.signal.symbol
    status = state.statuses.get(symbol)
    if status is None:
        return Answer(passed=True, value="trading", limit="trading", reason="")
    reason = f"the exchange has halted {symbol} since {status.at:%F %T} UTC: {status.reason}"
    return Answer(passed=False, value=status.reason, limit="trading", reason=reason)


def broken() -> Example:
    halted = TradingStatus(symbol="AAPL", halted=True, reason="Trading Halt: News Pending (T1)", at=NOON)
    return Example(moment(statuses={"AAPL": halted}))
