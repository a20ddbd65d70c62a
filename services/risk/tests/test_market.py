"""What the market has said is known for as long as it may serve somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import structs

from contracts.log import Message
from contracts.market import Quote, Tick
from risk.core import evolve
from risk.example import ASSET
from risk.state import Position, State


def tick(at: datetime) -> Tick:
    return Tick(at=at, is_open=True, next_open=at, next_close=at + timedelta(hours=2))


def quote(symbol: str, at: datetime) -> Quote:
    return Quote(symbol=symbol, bid=99.9, ask=100, last=100, at=at)


def after(state: State, *facts: Message) -> State:
    for fact in facts:
        evolve(state, fact)
    return state


def known(state: State) -> tuple[set[str], set[str], set[str]]:
    return set(state.prices), set(state.quotes), set(state.assets)


def test_symbols_that_nobody_has_spoken_of_for_two_days_are_forgotten(state: Callable[..., State], noon: datetime):
    s, day = state(), timedelta(days=1)
    both = {"AAPL", "MSFT"}
    after(s, quote("MSFT", noon + day), structs.replace(ASSET, symbol="MSFT", at=noon + day))
    assert known(after(s, tick(noon + day), tick(noon + 2 * day - timedelta(seconds=1)))) == (both, both, both)
    assert known(after(s, tick(noon + 2 * day + timedelta(hours=6)))) == (both, both, both), "once a day is enough"
    assert known(after(s, tick(noon + 2.5 * day))) == ({"MSFT"}, {"MSFT"}, {"MSFT"})


def test_a_position_keeps_the_price_that_it_was_counted_at(state: Callable[..., State], noon: datetime):
    s = state(positions={"AAPL": Position(filled=Decimal(3))})
    after(s, tick(noon + timedelta(days=3)))
    assert (known(s), s.gross, s.unpriced) == ((set(), set(), set()), 300, {})
