from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from contracts.control import Halted, Resumed
from contracts.market import Tick
from contracts.values import TradingState
from risk.candidate import Candidate
from risk.core import evolve
from risk.rules.halt import broken, halt
from risk.state import State

HALTED = Halted(control_id="h1", scope="all", by="ann", why="lunch")


def halted(state: State, **changes: object) -> State:
    """Let a person halt; the state may be another's account."""
    return evolve(state, structs.replace(HALTED, **changes))


@pytest.mark.parametrize("level", [TradingState.REDUCING, TradingState.HALTED])
def test_a_halt_of_any_level_stops_entries(
    level: TradingState, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert halt(state(), candidate()).passed
    answer = halt(halted(state(), level=level), candidate())
    assert (answer.passed, answer.value, answer.limit) == (False, level, "ACTIVE")


@pytest.mark.parametrize(
    ("scope", "strategy", "symbol", "passed"),
    [
        ("all", "", "", False),
        ("paper", "", "", False),
        ("other", "", "", True),
        ("all", "ema", "", False),
        ("all", "vwap", "", True),
        ("all", "", "AAPL", False),
        ("all", "", "SPY", True),
        ("paper", "ema", "AAPL", False),
        ("paper", "ema", "SPY", True),
        ("paper", "vwap", "AAPL", True),
    ],
)
def test_a_halt_is_about_its_scope_its_strategy_and_its_symbol(
    scope: str, strategy: str, symbol: str, *, passed: bool,
    state: Callable[..., State], candidate: Callable[..., Candidate],
):  # fmt: skip
    s = halted(state(), scope=scope, strategy=strategy, symbol=symbol)
    assert halt(s, candidate(strategy="ema")).passed is passed


@pytest.mark.parametrize(("seconds", "passed"), [(59, False), (60, True), (61, True)])
def test_market_time_ends_it(
    seconds: int, *, passed: bool, noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    s, now = halted(state(), until=noon + timedelta(minutes=1)), noon + timedelta(seconds=seconds)
    evolve(s, Tick(at=now, is_open=True, next_open=now, next_close=now))
    assert halt(s, candidate()).passed is passed


def test_a_resume_ends_what_it_names(state: Callable[..., State], candidate: Callable[..., Candidate]):
    s = halted(halted(state()), control_id="h2")
    resumed = Resumed(control_id="r1", scope="paper", by="ann", why="", lifts=("h1",))
    assert not halt(evolve(s, resumed), candidate()).passed
    assert halt(evolve(s, structs.replace(resumed, lifts=("h2",))), candidate()).passed


def test_a_resume_that_names_nothing_ends_what_is_within_it(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    s = halted(halted(state(), symbol="AAPL"), control_id="h2")
    assert not halt(
        evolve(s, Resumed(control_id="r1", scope="all", by="ann", why="", symbol="AAPL")), candidate()
    ).passed
    assert list(s.halts) == ["h2"]
    assert halt(evolve(s, Resumed(control_id="r2", scope="all", by="ann", why="")), candidate()).passed


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "trading was halted by ann: lunch"),
        ({"symbol": "AAPL"}, "AAPL was halted by ann: lunch"),
        ({"strategy": "ema"}, "ema was halted by ann: lunch"),
        ({"symbol": "AAPL", "strategy": "ema"}, "AAPL of ema was halted by ann: lunch"),
    ],
)
def test_the_denial_says_so(
    changes: dict[str, str], text: str, denial: Callable[..., tuple[str, str]], state: Callable[..., State]
):
    assert denial(halted(state(), **changes), strategy="ema") == ("halt", text)


def test_the_newest_is_named_and_the_worst_is_the_value(
    noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    s = halted(state())
    halted(s, control_id="h2", by="bob", why="news", level=TradingState.REDUCING, until=noon + timedelta(hours=1))
    answer = halt(s, candidate())
    assert answer.reason == "trading was halted by bob: news, until 2013-10-07 13:00 New York"
    assert answer.value is TradingState.HALTED


def test_its_example_is_denied_by_it(denial: Callable[..., tuple[str, str]]):
    assert denial(broken().state) == ("halt", "trading was halted by ann: lunch")
