"""While a lock stands that trading itself brought about, nothing new is entered."""

from __future__ import annotations

from contracts.control import covers
from risk.candidate import Answer, Candidate
from risk.state import State


def locked(state: State, candidate: Candidate) -> Answer:
    signal = candidate.signal
    locks = [lock for lock in state.locks.values() if covers(lock, signal.strategy, signal.symbol)]
    reason = "; ".join(lock.reason for lock in locks)
    return Answer(not locks, ", ".join(lock.lock for lock in locks) or "0", "0", reason)
