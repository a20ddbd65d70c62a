"""The broker must have shown the account, and as one that may trade."""

from __future__ import annotations

from risk.candidate import Answer, Candidate
from risk.state import State

_MAY_TRADE = "ACTIVE"


def account_known(state: State, _: Candidate) -> Answer:
    status = state.snapshot.status if state.snapshot else "unknown"
    return Answer(status == _MAY_TRADE, status, _MAY_TRADE, f"the account's status is {status}")
