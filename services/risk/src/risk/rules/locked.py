"""While a lock stands that trading itself brought about, nothing new is entered."""

from __future__ import annotations

from contracts.control import covers
from contracts.locks import Locked, LockKind
from contracts.values import TradingState
from risk.candidate import Answer, Candidate
from risk.example import NOON, Example, moment
from risk.state import State

LIMITS = (
    "max_daily_loss",
    "max_drawdown",
    "max_consecutive_losses",
    "max_stop_losses",
    "stop_loss_minutes",
    "lock_minutes",
    "cool_down_minutes",
)
CURE = "Wait for its end, where it has one, or resume: `interlock resume` or `POST /resume`."


def locked(state: State, candidate: Candidate) -> Answer:
    """Ask for the locks that are about this strategy and symbol; the reason of each is given, the newest first."""
    signal = candidate.signal
    locks = [lock for lock in reversed(state.locks.values()) if covers(lock, signal.strategy, signal.symbol)]
    reason = "; ".join(lock.reason for lock in locks)
    return Answer(not locks, ", ".join(lock.lock for lock in locks) or "0", "0", reason)


def broken() -> Example:
    lock = Locked(
        lock_id="l1", account="paper", lock=LockKind.DRAWDOWN, level=TradingState.HALTED, value="0.12", limit="0.1",
        reason="the account is worth 88000 dollars, 12.00% below its highest 100000, the limit is 10.00%: no entries "
        "until `interlock resume` or POST /resume", at=NOON,
    )  # fmt: skip
    return Example(moment(locks={"l1": lock}))
