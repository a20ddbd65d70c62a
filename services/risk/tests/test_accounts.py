"""A signal for one account is no business of another's gate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.accounts import AccountSnapshot
from contracts.market import Tick
from contracts.signals import Signal
from contracts.values import Mode
from contracts.verdicts import OrderApproved, OrderDenied
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


def test_an_account_that_joins_a_log_with_a_past_enters_on_none_of_its_signals(
    state: Callable[..., State], signal: Callable[..., Signal], snapshot: Callable[..., AccountSnapshot], noon: datetime
):
    # Ticks and quotes of the past have aged out of the log, signals have not.
    joined, verdicts = State(account="growth", mode=Mode.AUTO), list[object]()
    for event in (
        *(signal(signal_id=f"s{day}", at=noon - timedelta(days=day)) for day in range(1, 4)),
        Tick(at=noon, is_open=True, next_open=noon, next_close=noon + timedelta(hours=3)),
        *state().quotes.values(), *state().assets.values(), snapshot(account="growth"),
    ):  # fmt: skip
        decided = decide(joined, event)
        joined = evolve(joined, event)
        for verdict in decided:
            joined = evolve(joined, verdict)
            verdicts.append(verdict)
    assert [type(verdict) for verdict in verdicts] == [OrderDenied] * 3
    assert joined.waiting == {}
    (verdict,) = decide(joined, signal())
    assert isinstance(verdict, OrderApproved)
