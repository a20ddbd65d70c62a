from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from contracts.control import Resumed
from contracts.locks import Locked, LockKind
from contracts.market import Tick
from contracts.values import TradingState
from risk.candidate import Candidate
from risk.core import evolve
from risk.example import NOON
from risk.rules.locked import broken, locked
from risk.state import State

LOCK = Locked(
    lock_id="l1", account="paper", lock=LockKind.STOP_LOSSES, level=TradingState.REDUCING, reason="two stops",
    value="2", limit="2", at=NOON,
)  # fmt: skip


@pytest.mark.parametrize("level", [TradingState.REDUCING, TradingState.HALTED])
def test_a_lock_of_any_level_stops_entries(
    level: TradingState, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert locked(state(), candidate()).passed
    assert not locked(evolve(state(), structs.replace(LOCK, level=level)), candidate()).passed


@pytest.mark.parametrize(
    ("strategy", "symbol", "passed"),
    [("", "", False), ("ema", "", False), ("vwap", "", True), ("", "AAPL", False), ("", "SPY", True)],
)
def test_a_lock_is_about_its_strategy_and_its_symbol(
    strategy: str, symbol: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    s = evolve(state(), structs.replace(LOCK, strategy=strategy, symbol=symbol))
    assert locked(s, candidate(strategy="ema")).passed is passed


@pytest.mark.parametrize(("seconds", "passed"), [(59, False), (60, True), (61, True)])
def test_market_time_ends_it(
    seconds: int, *, passed: bool, noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    s = evolve(state(), structs.replace(LOCK, until=noon + timedelta(minutes=1)))
    now = noon + timedelta(seconds=seconds)
    evolve(s, Tick(at=now, is_open=True, next_open=now, next_close=now))
    assert locked(s, candidate()).passed is passed


def test_only_a_resume_that_names_it_ends_it(state: Callable[..., State], candidate: Callable[..., Candidate]):
    s = evolve(evolve(state(), LOCK), structs.replace(LOCK, lock_id="l2", reason="three losses"))
    resumed = Resumed(control_id="r1", scope="paper", by="ann", why="")
    evolve(s, resumed)
    evolve(s, structs.replace(resumed, lifts=("l1",)))
    assert locked(s, candidate()).reason == "three losses"
    assert locked(evolve(s, structs.replace(resumed, lifts=("l2",))), candidate()).passed


def test_every_reason_is_given_the_newest_first(state: Callable[..., State], candidate: Callable[..., Candidate]):
    s = evolve(evolve(state(), LOCK), structs.replace(LOCK, lock_id="l2", lock=LockKind.COOL_DOWN, reason="a rest"))
    answer = locked(s, candidate())
    assert (answer.value, answer.limit, answer.reason) == ("cool_down, stop_losses", "0", "a rest; two stops")


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]]):
    code, reason = denial(broken().state)
    assert code == "locked"
    assert reason == (
        "the account is worth 88000 dollars, 12.00% below its highest 100000, the limit is 10.00%: no entries until "
        "`interlock resume` or POST /resume"
    )
