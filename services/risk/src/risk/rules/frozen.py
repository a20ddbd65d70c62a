"""While nobody knows what is held of a symbol, nothing is added to it."""

from __future__ import annotations

from contracts.accounts import DriftFound, DriftKind
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.state import State

LIMITS = ()
CURE = "Look at `interlock status` and at the broker. It ends when both agree again, or when you resume."


def frozen(state: State, candidate: Candidate) -> Answer:
    symbol = candidate.signal.symbol
    kinds = [drift.difference for drift in state.drifts.values() if drift.symbol == symbol]
    reason = f"the broker and the log differ about {symbol}: {', '.join(kinds)}"
    return Answer(not kinds, str(len(kinds)), "0", reason)


def broken() -> Example:
    drift = DriftFound(
        account="paper", n=2, difference=DriftKind.QUANTITY_DRIFT, symbol="AAPL", ours="0", theirs="10", at=NOON,
        freezes=True,
    )  # fmt: skip
    return Example(moment(drifts={"1": drift}))
