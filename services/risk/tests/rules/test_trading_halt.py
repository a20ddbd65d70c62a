from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from contracts.market import Tick, TradingStatus
from risk.candidate import Answer, Candidate
from risk.core import evolve
from risk.example import NOON
from risk.rules.trading_halt import trading_halt
from risk.state import State

HALT = TradingStatus(symbol="AAPL", halted=True, reason="Trading Halt: News Pending (T1)", at=NOON)


@pytest.mark.parametrize(
    ("heard", "passed"),
    [
        ((), True),
        ((HALT,), False),
        ((HALT, structs.replace(HALT, reason="Volatility Trading Pause")), False),
        ((HALT, structs.replace(HALT, halted=False)), True),
        ((structs.replace(HALT, symbol="MSFT"),), True),
    ],
)
def test_the_exchanges_last_word_counts(
    heard: tuple[TradingStatus, ...],
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    now = state()
    for status in heard:
        evolve(now, status)
    assert trading_halt(now, candidate()).passed is passed


def tick(at: datetime) -> Tick:
    return Tick(at=at, is_open=True, next_open=at, next_close=at)


@pytest.mark.parametrize(("seconds", "passed"), [(86_399, False), (86_400, True)])
def test_a_halt_of_which_nobody_speaks_any_more_lapses_after_a_day(
    seconds: int, *, passed: bool, noon: datetime, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(statuses={"AAPL": HALT})
    evolve(now, tick(noon + timedelta(seconds=seconds)))
    assert trading_halt(now, candidate()).passed is passed


def test_an_open_market_is_said(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert trading_halt(state(), candidate()) == Answer(passed=True, value="trading", limit="trading", reason="")


def test_the_denial_says_so_at_once(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(statuses={"AAPL": HALT}, quotes={}, prices={}))
    says = "the exchange has halted AAPL since 2013-10-07 16:00:00 UTC: Trading Halt: News Pending (T1)"
    assert found == ("trading_halt", says)
