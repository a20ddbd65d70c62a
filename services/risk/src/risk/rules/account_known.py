"""The broker must have shown the account, and as one that may trade."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State

_MAY_TRADE = "ACTIVE"


def account_known(state: State, _: Candidate) -> Answer:
    status = state.snapshot.status if state.snapshot else "unknown"
    reason = f"the account's status is {status}"
    return Answer(status == _MAY_TRADE, status, _MAY_TRADE, reason, pending=state.snapshot is None)
