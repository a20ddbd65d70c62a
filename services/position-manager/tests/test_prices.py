"""Which quotes are believed: a price that is missing or senseless is the last trade, one bad tick sells nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf, nan
from typing import TYPE_CHECKING

import pytest

from contracts.market import Quote
from position_manager.prices import is_sound, worth

if TYPE_CHECKING:
    from .conftest import Manager

OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
SYMBOL = "SPY"


def quote(bid: float, ask: float, last: float) -> Quote:
    return Quote(symbol=SYMBOL, bid=bid, ask=ask, last=last, at=OPEN)


@pytest.mark.parametrize(
    ("bid", "ask", "last", "price"),
    [
        (100, 100.02, 100.01, 100),
        (100, 100, 99, 100),
        (0, 100, 99.5, 99.5),
        (100.02, 100, 99.5, 99.5),
        (100.02, 100, 0, 0),
        (-1, 100, 99.5, 99.5),
        (nan, 100, 99.5, 99.5),
        (inf, inf, 99.5, 99.5),
        (100, 0, 99.5, 100),
        (100, nan, 99.5, 100),
        (0, 0, 0, 0),
        (0, 0, nan, 0),
        (0, 0, -5, 0),
    ],
)
def test_the_price_is_the_bid_or_where_that_cannot_be_the_last_trade(bid: float, ask: float, last: float, price: float):
    assert worth(quote(bid, ask, last)) == price


@pytest.mark.parametrize(
    ("bid", "ask", "last", "sound"),
    [
        (98, 100, 100, True),
        (97.99, 100, 100, False),
        (102, 103, 100, True),
        (102.01, 103, 100, False),
        (0, 0, 100, True),
        (100, 102, 0, True),
        (100, 102.01, 0, False),
        (100, 0, 0, False),
    ],
)
def test_a_trade_speaks_for_a_price_or_where_none_is_known_an_ask(bid: float, ask: float, last: float, *, sound: bool):
    assert is_sound(quote(bid, ask, last), 0.02) is sound
    assert is_sound(quote(bid, ask, last), 0)


@pytest.fixture
def armed(manager: Manager) -> Manager:
    """Hold a share that cost 100 and once was worth 102, so that it is left at 101."""
    (placed,) = manager.bought("1", "100")
    manager.rest(placed)
    manager.take(quote(102, 102.01, 102))
    return manager


def test_one_bad_tick_sells_nothing(armed: Manager):
    assert armed.take(quote(50, 102.01, 102)) == ()
    assert armed.take(quote(102, 102.01, 102)) == ()


def test_two_quotes_that_agree_sell(armed: Manager):
    assert armed.take(quote(50, 50.01, 102)) == ()
    assert len(armed.take(quote(50.5, 50.51, 102))) == 1


@pytest.mark.parametrize(("ask", "last"), [(102.01, 102), (199_999, 102), (0, 102), (nan, 102), (102.01, 0), (0, 0)])
def test_a_bid_far_from_the_ask_sells_nothing_however_often_it_is_told(armed: Manager, ask: float, last: float):
    for _ in range(3):
        assert armed.take(quote(50, ask, last)) == ()


def test_two_bad_ticks_that_do_not_agree_sell_nothing(armed: Manager):
    assert armed.take(quote(50, 50.01, 102)) == ()
    assert armed.take(quote(60, 60.01, 102)) == ()


def test_a_good_quote_between_two_bad_ticks_makes_them_two_first_ones(armed: Manager):
    for bid in (50, 102, 50):
        assert armed.take(quote(bid, bid + 0.01, 102)) == ()


def test_a_trade_at_that_price_sells_at_once(armed: Manager):
    assert len(armed.take(quote(50, 50.01, 50))) == 1


def test_without_a_bid_and_with_a_crossed_quote_the_last_trade_decides(armed: Manager):
    assert armed.take(quote(0, 50, 101.01)) == ()
    assert armed.take(quote(50, 49, 101.01)) == ()
    assert len(armed.take(quote(0, 0, 101))) == 1


def test_a_quote_without_any_price_changes_nothing(armed: Manager):
    before = armed.state.positions[SYMBOL]
    assert armed.take(quote(0, 101, 0)) == ()
    assert armed.state.positions[SYMBOL] == before


def test_one_bad_tick_raises_no_mark(armed: Manager):
    marks = list(armed.marks)
    armed.take(quote(200, 200.01, 102))
    assert armed.marks == marks
