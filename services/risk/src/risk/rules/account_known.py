"""The broker must have shown the account, and as one that may trade."""

from __future__ import annotations

from msgspec import structs

from risk.candidate import Answer, Candidate
from risk.example import ACCOUNT, Example, moment
from risk.state import State

_MAY_TRADE = "ACTIVE"

LIMITS = ()
CURE = "See `interlock providers` for the connection, and what the broker says of the account."


def account_known(state: State, _: Candidate) -> Answer:
    status = state.snapshot.status if state.snapshot else "unknown"
    reason = f"the account's status is {status}"
    return Answer(status == _MAY_TRADE, status, _MAY_TRADE, reason, pending=state.snapshot is None)


def broken() -> Example:
    return Example(moment(snapshot=structs.replace(ACCOUNT, status="ACCOUNT_UPDATED")))
