from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts import layers
from contracts.control import LimitsSet
from contracts.limits import Limits
from contracts.market import Tick
from contracts.signals import Action
from risk.candidate import Candidate
from risk.core import evolve
from risk.rules.duplicate import duplicate
from risk.state import State


@pytest.mark.parametrize(("seconds", "passed"), [(0, False), (59, False), (60, True), (61, True)])
def test_the_same_again_must_wait_out_the_window(
    seconds: int,
    *,
    passed: bool,
    noon: datetime,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    before = state(recent={"AAPL BUY": noon - timedelta(seconds=seconds)})
    assert duplicate(before, candidate()).passed is passed


@pytest.mark.parametrize("changes", [{"symbol": "MSFT"}, {"action": Action.SELL}])
def test_another_symbol_or_action_is_no_duplicate(
    changes: dict[str, object],
    noon: datetime,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    assert duplicate(state(recent={"AAPL BUY": noon}), candidate(**changes)).passed


@pytest.mark.parametrize(("qty", "passed"), [(None, True), (Decimal(5), False)])
def test_to_leave_the_rest_after_a_part_is_no_duplicate(
    qty: Decimal | None, *, passed: bool, noon: datetime, state: Callable[..., State],
    candidate: Callable[..., Candidate],
):  # fmt: skip
    wish = candidate(action=Action.SELL)
    wish = structs.replace(wish, signal=structs.replace(wish.signal, qty=qty))
    assert duplicate(state(recent={"AAPL SELL": noon}), wish).passed is passed


@pytest.mark.parametrize(("minutes", "symbol", "passed"), [(9, "AAPL", False), (11, "AAPL", True), (9, "MSFT", True)])
def test_a_symbol_may_look_further_back_than_its_account(
    minutes: int,
    symbol: str,
    *,
    passed: bool,
    noon: datetime,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    longer = LimitsSet(
        control_id="c", scope="all", symbol="AAPL", limits=Limits(duplicate_seconds=600), fields=("duplicate_seconds",),
        by="anna",
    )  # fmt: skip
    before = evolve(state(recent={"AAPL BUY": noon, "MSFT BUY": noon}), longer)
    later = noon + timedelta(minutes=minutes)
    after = evolve(before, Tick(at=later, is_open=True, next_open=later, next_close=later + timedelta(hours=1)))
    after.limits = layers.narrowed(after.layers, after.limits, "paper", "", symbol)
    assert duplicate(after, candidate(symbol=symbol, now=later)).passed is passed


def test_the_denial_says_so(noon: datetime, denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(recent={"AAPL BUY": noon - timedelta(seconds=59)}))
    assert found == ("duplicate", "BUY AAPL was approved 59 s ago, less than 60 s")
