"""A signal for one account is no business of another's gate."""

from __future__ import annotations

from collections.abc import Callable

from contracts.signals import Signal
from contracts.verdicts import OrderApproved
from risk.core import decide, evolve
from risk.state import State


def test_a_signal_that_names_no_account_or_this_one_is_judged(
    state: Callable[..., State], signal: Callable[..., Signal]
):
    for account in ("", "paper"):
        (verdict,) = decide(state(), signal(account=account))
        assert isinstance(verdict, OrderApproved)
        assert verdict.account == "paper"


def test_a_signal_for_another_account_is_neither_judged_nor_waited_for(
    state: Callable[..., State], signal: Callable[..., Signal]
):
    theirs = signal(account="growth")
    assert decide(state(), theirs) == ()
    assert evolve(state(), theirs) == state()
