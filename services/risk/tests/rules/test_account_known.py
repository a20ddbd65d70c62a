from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.accounts import AccountSnapshot
from risk.candidate import Candidate
from risk.rules.account_known import account_known
from risk.state import State


@pytest.mark.parametrize(("status", "passed"), [("ACTIVE", True), ("ACCOUNT_CLOSED", False), ("", False)])
def test_only_an_active_account_may_trade(
    status: str,
    *,
    passed: bool,
    snapshot: Callable[..., AccountSnapshot],
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    assert account_known(state(snapshot=snapshot(status=status)), candidate()).passed is passed


def test_an_account_that_the_broker_has_not_shown_may_not(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert not account_known(state(snapshot=None), candidate()).passed


def test_the_denial_says_so(
    snapshot: Callable[..., AccountSnapshot],
    denial: Callable[..., tuple[str, str]],
    state: Callable[..., State],
):
    found = denial(state(snapshot=snapshot(status="ACCOUNT_CLOSED")))
    assert found == ("account_known", "the account's status is ACCOUNT_CLOSED")
