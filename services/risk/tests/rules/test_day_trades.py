from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.limits import Limits
from contracts.market import Tick
from contracts.orders import OrderFilled, Purpose
from contracts.values import Side
from risk.candidate import UNKNOWN, Answer, Candidate
from risk.core import evolve
from risk.example import NOON
from risk.rules.day_trades import day_trades
from risk.state import Entry, State
from risk.trips import DayTrips

THREE = Limits(max_day_trades=3)
MONDAY = NOON
"""7 October 2013."""


def fill(at: datetime, side: Side, symbol: str = "AAPL", qty: int = 2) -> OrderFilled:
    name = f"{symbol}-{side}-{at:%d%H%M%S}"
    return OrderFilled(
        account="paper", execution_id=name, client_order_id=name, purpose=Purpose.EXTERNAL,
        symbol=symbol, side=side, qty=Decimal(qty), price=Decimal(100), cum_qty=Decimal(qty), at=at,
    )  # fmt: skip


def trip(state: State, at: datetime, symbol: str = "AAPL") -> None:
    """Buy and sell again, a minute later."""
    evolve(state, fill(at, Side.BUY, symbol))
    evolve(state, fill(at + timedelta(minutes=1), Side.SELL, symbol))


def opened(state: State, at: datetime) -> None:
    evolve(state, Tick(at=at, is_open=True, next_open=at, next_close=at))


@pytest.fixture
def small(state: Callable[..., State], snapshot: Callable[..., AccountSnapshot]) -> State:
    return state(snapshot=snapshot(equity=Decimal("24999.99")), limits=THREE)


@pytest.mark.parametrize(("before", "passed"), [(1, True), (2, True), (3, False)])
def test_the_third_day_trade_is_the_last(
    before: int, *, passed: bool, small: State, candidate: Callable[..., Candidate]
):
    for minute in range(before):
        trip(small, MONDAY + timedelta(minutes=2 * minute), "MSFT")
    answer = day_trades(small, candidate())
    assert (answer.passed, answer.value, answer.limit) == (passed, str(before + 1), "3")


@pytest.mark.parametrize(("equity", "passed"), [("24999.99", False), ("25000", True), ("25000.01", True)])
def test_from_25000_dollars_on_nobody_counts(
    equity: str,
    *,
    passed: bool,
    small: State,
    candidate: Callable[..., Candidate],
    snapshot: Callable[..., AccountSnapshot],
):
    small.trips = DayTrips(days={"2013-10-07": 3})
    now = structs.replace(small, snapshot=snapshot(equity=Decimal(equity)))
    assert day_trades(now, candidate()).passed is passed
    assert day_trades(structs.replace(now, limits=Limits()), candidate()).passed


def test_what_may_still_be_left_today_counts_as_if_it_were(small: State, candidate: Callable[..., Candidate]):
    evolve(small, fill(MONDAY, Side.BUY, "MSFT"))
    small.entries["e1"] = Entry(symbol="IBM", qty=Decimal(1), price=Decimal(1))
    assert day_trades(small, candidate()).value == "3"
    assert day_trades(small, candidate(symbol="MSFT")).value == "2"


def test_parts_of_a_sale_are_one_day_trade_and_buying_again_begins_another(small: State):
    evolve(small, fill(MONDAY, Side.BUY))
    evolve(small, fill(MONDAY + timedelta(minutes=1), Side.SELL, qty=1))
    evolve(small, fill(MONDAY + timedelta(minutes=2), Side.SELL, qty=1))
    assert small.trips.days == {"2013-10-07": 1}
    trip(small, MONDAY + timedelta(minutes=3))
    assert small.trips.days == {"2013-10-07": 2}


def test_what_was_bought_on_another_day_is_no_day_trade(small: State, candidate: Callable[..., Candidate]):
    evolve(small, fill(MONDAY, Side.BUY))
    tuesday = MONDAY + timedelta(days=1)
    opened(small, tuesday)
    assert day_trades(small, candidate(now=tuesday, symbol="MSFT")).value == "1"
    evolve(small, fill(tuesday, Side.SELL))
    assert small.trips == DayTrips(days={"2013-10-07": 0, "2013-10-08": 0})


def test_news_of_an_earlier_day_counts_on_the_newest(small: State):
    tuesday = MONDAY + timedelta(days=1)
    opened(small, tuesday)
    trip(small, MONDAY)
    trip(small, tuesday)
    assert small.trips == DayTrips(days={"2013-10-08": 2})


def test_a_day_begins_at_midnight_in_new_york(small: State):
    evening = datetime.fromisoformat("2013-10-07T23:30:00+00:00")
    evolve(small, fill(evening, Side.BUY))
    evolve(small, fill(evening + timedelta(hours=4, minutes=29), Side.SELL))
    assert small.trips.days == {"2013-10-07": 1}
    evolve(small, fill(evening + timedelta(hours=4, minutes=29), Side.BUY))
    evolve(small, fill(evening + timedelta(hours=4, minutes=30), Side.SELL))
    assert small.trips.days == {"2013-10-07": 1, "2013-10-08": 0}


def test_after_five_days_on_which_the_market_was_open_it_is_forgotten(
    small: State, candidate: Callable[..., Candidate]
):
    trip(small, MONDAY)
    # A holiday on Thursday: the fifth trading day is the Monday after.
    for days in (1, 2, 4):
        opened(small, MONDAY + timedelta(days=days))
    fifth = MONDAY + timedelta(days=7)
    assert day_trades(small, candidate(now=fifth)).value == "2"
    opened(small, fifth)
    assert day_trades(small, candidate(now=fifth)).value == "2"
    opened(small, fifth + timedelta(days=1))
    assert day_trades(small, candidate(now=fifth + timedelta(days=1))).value == "1"
    assert len(small.trips.days) == 5


def test_the_account_must_be_known_where_it_counts(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert day_trades(state(snapshot=None, limits=THREE), candidate()) == UNKNOWN
    assert day_trades(state(snapshot=None), candidate()) == Answer(
        passed=True, value="not counted", limit="none", reason=""
    )


def test_the_denial_says_so(small: State, denial: Callable[..., tuple[str, str]]):
    small.trips = DayTrips(days={"2013-10-07": 3})
    says = "leaving AAPL today could be day trade 4 in five trading days, 3 at most below 25000 dollars of equity"
    assert denial(small) == ("day_trades", says)
