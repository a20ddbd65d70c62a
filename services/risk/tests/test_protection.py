"""Where protection rests: with the entry where the broker can take both as one group, else after its fill."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import pytest

from contracts.limits import Limits
from risk.candidate import Candidate
from risk.protection import Rests, rests
from risk.state import State

D = Decimal
BRACKET = "bracket with the entry: whole shares at market, in the session"
MakeState: TypeAlias = Callable[..., State]
MakeCandidate: TypeAlias = Callable[..., Candidate]


def test_whole_shares_in_the_session_bring_stop_and_target_of_the_limits_along(
    state: MakeState, candidate: MakeCandidate
):
    assert rests(state(), candidate(qty=D("3")), D("100.01")) == Rests(BRACKET, D("95.01"), D("120.01"))


def test_the_levels_that_a_signal_names_go_along_on_the_grid(state: MakeState, candidate: MakeCandidate):
    named = candidate(stop_loss=D("97.126"), take_profit=D("101.994"))
    assert rests(state(), named, D("100")) == Rests(BRACKET, D("97.13"), D("101.99"))


def test_the_stop_of_the_limits_goes_along_with_the_target_of_a_signal(state: MakeState, candidate: MakeCandidate):
    limits = Limits(scale_out=("0.05:0.5",), stop_dollars=D("4"))
    named = candidate(take_profit=D("110"))
    assert rests(state(limits=limits), named, D("100")) == Rests(BRACKET, D("96"), D("110"))


@pytest.mark.parametrize(
    ("limits", "now", "asked", "why"),
    [
        ({"native_bracket": False}, {}, {}, "native_bracket is off"),
        ({}, {}, {"notional": D("500")}, "an order for dollars takes no group"),
        ({}, {}, {"qty": D("1.5")}, "a fraction of a share takes no group"),
        ({}, {"is_open": False}, {}, "the market is closed"),
        ({"scale_out": ("0.05:0.5",)}, {}, {}, "scale_out sells it in parts, each with a target of its own"),
        ({"stop_atr": D("3")}, {}, {}, "stop_atr puts the stop where the bars at the fill say"),
        ({"stop_daily_atr": D("2")}, {}, {}, "stop_daily_atr puts the stop where the bars at the fill say"),
        ({}, {}, {"stop_loss": D("99.999")}, "the stop or the target is less than a cent from the price"),
        ({}, {}, {"take_profit": D("100.004")}, "the stop or the target is less than a cent from the price"),
    ],
)
def test_otherwise_protection_follows_the_fill_and_says_why(
    state: MakeState,
    candidate: MakeCandidate,
    limits: dict[str, Any],
    now: dict[str, Any],
    asked: dict[str, Any],
    why: str,
):
    at_hand = state(limits=Limits(**limits), **now)
    assert rests(at_hand, candidate(**asked), D("100")) == Rests(f"after the fill: {why}")


def test_a_stop_that_the_signal_names_needs_no_bars(state: MakeState, candidate: MakeCandidate):
    limits = Limits(stop_atr=D("3"))
    assert rests(state(limits=limits), candidate(stop_loss=D("98")), D("100")).stop_loss == 98
