"""What the trades of a symbol, a strategy or an account have brought locks entries for a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.control import LimitsSet
from contracts.limits import Limits
from contracts.locks import Locked, LockKind
from contracts.log import Message
from contracts.market import Tick
from contracts.orders import Purpose
from contracts.values import Side, TradingState, derived_id
from risk.state import State
from tests.simulation.gate.locks import locks_of
from tests.simulation.gate.trades import Trades, fill

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
MIDNIGHT = datetime(2013, 10, 8, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

MakeState = Callable[..., State]


@pytest.fixture
def trades(state: MakeState) -> Callable[..., Trades]:
    """Make trades under some limits."""

    def make(**limits: object) -> Trades:
        return Trades(state(limits=structs.replace(Limits(), **limits)))

    return make


def test_losses_in_a_row_lock_the_account_for_a_while(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=3, lock_minutes=30)
    assert [t.trade(99), t.trade(98)] == [[], []]
    (lock,) = t.trade(97)
    at = NOON + timedelta(minutes=3)
    assert lock == Locked(
        lock_id=derived_id("paper", "lock", "consecutive_losses", "x3-10"), account="paper",
        lock=LockKind.CONSECUTIVE_LOSSES, level=TradingState.REDUCING, at=at, until=at + HOUR / 2, value="3",
        limit="3", reason="3 trades in a row lost, the limit is 3: no entries until 2013-10-07 12:33 New York, "
        "or `interlock resume` or POST /resume",
    )  # fmt: skip
    assert t.trade(90) == [], "the count begins anew"
    t.resume(lock)
    assert t.state.locks == {}
    assert t.trade(90) == []
    assert len(t.trade(90)) == 1


@pytest.mark.parametrize("price", [100, 101])
def test_a_trade_that_has_not_lost_ends_the_row(trades: Callable[..., Trades], price: int):
    t = trades(max_consecutive_losses=2)
    assert [t.trade(99), t.trade(price), t.trade(99)] == [[], [], []]
    assert len(t.trade(99)) == 1


def test_a_trade_is_over_when_all_is_sold_and_parts_add_up(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1)
    t.enter()
    assert locks_of(t.state, fill("x", Side.SELL, 5, price=99)) == []
    assert locks_of(t.state, fill("x", Side.SELL, 5, price=101.01, cum=10)) == [], "one cent won"
    t.enter()
    assert locks_of(t.state, fill("y", Side.SELL, 9, price=100)) == []
    (lock,) = locks_of(t.state, fill("y", Side.SELL, 1, price=99.99, cum=10))
    assert lock.reason.startswith("1 trade in a row lost, the limit is 1: ")


def test_two_entries_are_one_trade(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1)
    t.enter()
    t.enter()
    assert locks_of(t.state, fill("x", Side.SELL, 10, price=90)) == []
    assert locks_of(t.state, fill("y", Side.SELL, 10, price=110)) == []
    assert t.state.results.trips == {}


def test_without_an_end_a_lock_stands_until_a_person_resumes(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1, lock_minutes=0)
    (lock,) = t.trade(99)
    assert (lock.until, lock.reason[-40:]) == (None, "until `interlock resume` or POST /resume")


def test_what_is_over_already_locks_nothing(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1, cool_down_minutes=5)
    locks_of(t.state, Tick(at=NOON + 2 * HOUR, is_open=True, next_open=NOON, next_close=NOON))
    assert t.trade(99) == []


def test_shares_that_a_person_bought_are_no_trade_of_ours(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1)
    external = Purpose.EXTERNAL
    locks_of(t.state, fill("h1", Side.BUY, 4, purpose=external))
    t.enter()
    assert locks_of(t.state, fill("h2", Side.SELL, 4, price=50, purpose=external)) == []
    assert len(locks_of(t.state, fill("h3", Side.SELL, 10, price=99, purpose=external))) == 1, "these were ours"


def test_shares_that_left_without_a_sale_have_no_result(
    trades: Callable[..., Trades], snapshot: Callable[..., AccountSnapshot]
):
    t = trades(max_consecutive_losses=1)
    t.enter()
    assert list(t.state.results.trips) == ["AAPL"]
    assert locks_of(t.state, *(snapshot(n=n) for n in (2, 3, 4))) == []
    assert t.state.results.trips == {}
    assert t.leave(50) == []


# --- stops


def test_stops_hit_by_one_strategy_lock_that_strategy(trades: Callable[..., Trades]):
    t = trades(max_stop_losses=2, stop_loss_minutes=10, lock_minutes=60)
    assert t.trade(99, strategy="ema") == []
    (lock,) = t.trade(99, symbol="SPY", strategy="ema")
    at = NOON + timedelta(minutes=2)
    assert lock == Locked(
        lock_id=derived_id("paper", "lock", "stop_losses", "x2-10"), account="paper", lock=LockKind.STOP_LOSSES,
        level=TradingState.REDUCING, at=at, until=at + HOUR, value="2", limit="2", strategy="ema",
        reason="2 trades of ema hit a stop within 10 minutes, the limit is 2: no entries until "
        "2013-10-07 13:02 New York, or `interlock resume` or POST /resume",
    )  # fmt: skip
    assert t.trade(99, strategy="ema") == [], "the count begins anew"


def test_stops_hit_by_several_strategies_lock_the_account(trades: Callable[..., Trades]):
    t = trades(max_stop_losses=2)
    assert t.trade(99, strategy="ema") == []
    (lock,) = t.trade(99, strategy="vwap")
    assert (lock.strategy, lock.reason[:56]) == ("", "2 trades hit a stop within 60 minutes, the limit is 2: n")
    assert t.trade(99, strategy="vwap") == []


def test_stops_without_a_strategy_lock_the_account(trades: Callable[..., Trades]):
    t = trades(max_stop_losses=2)
    assert t.trade(99) == []
    (lock,) = t.trade(99)
    assert lock.strategy == ""


def test_only_a_protection_that_lost_is_a_stop_that_was_hit(trades: Callable[..., Trades]):
    t = trades(max_stop_losses=1)
    t.enter()
    assert t.leave(90, purpose=Purpose.CLOSE) == []
    assert [t.trade(100), t.trade(120)] == [[], []]
    assert len(t.trade(99.99)) == 1


@pytest.mark.parametrize(("minutes", "count"), [(1, 0), (2, 1)])
def test_only_stops_of_late_count(trades: Callable[..., Trades], minutes: int, count: int):
    t = trades(max_stop_losses=2, stop_loss_minutes=minutes)
    t.trade(99)
    assert len(t.trade(99)) == count


def test_a_strategy_may_have_a_limit_of_its_own(trades: Callable[..., Trades]):
    t = trades()
    own = LimitsSet(control_id="l", scope="paper", strategy="ema", limits=Limits(max_stop_losses=1), by="ann",
                    fields=("max_stop_losses",))  # fmt: skip
    locks_of(t.state, own)
    assert t.trade(99, strategy="vwap") == []
    assert [lock.strategy for lock in t.trade(99, strategy="ema")] == ["ema"]


# --- rest


def test_a_symbol_rests_after_it_was_left(trades: Callable[..., Trades]):
    t = trades(cool_down_minutes=30)
    (lock,) = t.trade(150)
    at = NOON + timedelta(minutes=1)
    assert lock == Locked(
        lock_id=derived_id("paper", "lock", "cool_down", "x1-10"), account="paper", lock=LockKind.COOL_DOWN,
        level=TradingState.REDUCING, at=at, until=at + HOUR / 2, value="0", limit="30", symbol="AAPL",
        reason="AAPL was left 2013-10-07 12:01 New York, and rests for 30 minutes: no entries until "
        "2013-10-07 12:31 New York, or `interlock resume` or POST /resume",
    )  # fmt: skip


# --- all of them


def test_by_default_the_day_and_the_highest_are_watched_and_nothing_else(trades: Callable[..., Trades]):
    t = trades()
    assert [t.trade(90) for _ in range(20)] == [[]] * 20


def test_locks_are_the_same_after_a_restart_anywhere(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=2, max_stop_losses=3, cool_down_minutes=5)
    events: list[Message] = []
    for number in range(6):
        at = NOON + timedelta(minutes=number)
        events += [
            fill(f"e{number}", Side.BUY, 10, at=at), fill(f"x{number}", Side.SELL, 10, price=99, at=at),
            AccountSnapshot(account="paper", n=number + 1, status="ACTIVE", equity=Decimal(100_000 - number * 2_000),
                            cash=Decimal(100_000 - number * 10), buying_power=Decimal(0), positions=(), at=at),
        ]  # fmt: skip
    whole, found = msgspec.convert(msgspec.to_builtins(t.state), State), list[Locked]()
    for event in events:
        found += locks_of(t.state, event)
        t.state = msgspec.json.decode(msgspec.json.encode(t.state), type=State)
    assert found == locks_of(whole, *events)
    assert {lock.lock for lock in found} == set(LockKind)
    assert t.state == whole
