"""Losses lock entries by themselves: once for each cause, for a time, with a reason; a person may end it sooner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot, DriftFound, DriftKind
from contracts.control import LimitsSet, Resumed
from contracts.limits import Limits
from contracts.locks import Locked, LockKind
from contracts.log import Message
from contracts.market import Quote, Tick
from contracts.orders import OrderFilled, Purpose, execution_id
from contracts.signals import Signal, Source
from contracts.values import OrderType, Side, TimeInForce, TradingState, derived_id
from contracts.verdicts import OrderApproved, OrderDenied
from risk.core import decide, evolve
from risk.state import State

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
MIDNIGHT = datetime(2013, 10, 8, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

MakeState = Callable[..., State]


def step(state: State, *events: Message) -> list[Locked]:
    """Let the state see events as the chassis would; give the locks."""
    found: list[Locked] = []
    for event in events:
        before = msgspec.json.encode(state)
        outputs = decide(state, event)
        assert msgspec.json.encode(state) == before, "deciding changes nothing"
        evolve(state, event)
        for output in outputs:
            evolve(state, output)
        found += [output for output in outputs if isinstance(output, Locked)]
    return found


class Account:
    """Tells what a broker would, in order. `begun` is what it told as the equity of the last close."""

    def __init__(self, state: State, begun: int | None = 100_000) -> None:
        self.state, self.at, self.n, self.begun = state, NOON, 0, begun
        self.cash = Decimal(100_000)

    def worth(self, equity: str | int, *, at: datetime | None = None, begun: int | None = None) -> list[Locked]:
        self.n, self.at, self.begun = self.n + 1, at or self.at + timedelta(minutes=1), begun or self.begun
        shown = AccountSnapshot(
            account="paper", n=self.n, status="ACTIVE", equity=Decimal(equity), cash=self.cash, buying_power=self.cash,
            positions=(), at=self.at, last_equity=None if self.begun is None else Decimal(self.begun),
        )  # fmt: skip
        return step(self.state, shown)

    def moved(self, amount: int) -> None:
        """Move cash in or out; the executor tells of it later than the snapshot does."""
        self.cash += amount

    def explained(self, ours: int, theirs: int) -> list[Locked]:
        self.n += 1
        drift = DriftFound(
            account="paper", n=self.n, difference=DriftKind.CASH_DRIFT, symbol="USD", ours=str(ours),
            theirs=str(theirs), at=self.at,
        )  # fmt: skip
        return step(self.state, drift)

    def tick(self, at: datetime) -> None:
        self.at = at
        step(self.state, Tick(at=at, is_open=True, next_open=at, next_close=at))

    def resume(self, *locks: Locked) -> None:
        lifts = tuple(lock.lock_id for lock in locks)
        step(self.state, Resumed(control_id="r", scope="paper", by="ann", why="", lifts=lifts))


@pytest.fixture
def account(state: MakeState) -> Account:
    return Account(state(snapshot=None, limits=Limits(max_drawdown=Decimal(0))))


def limited(**limits: object) -> LimitsSet:
    changed = structs.replace(Limits(), **limits)
    return LimitsSet(control_id="l", scope="all", limits=changed, by="ann", fields=tuple(limits))


# --- the day


@pytest.mark.parametrize(("equity", "count"), [("97000.01", 0), ("97000", 1), ("96999.99", 1)])
def test_the_day_may_lose_less_than_its_limit(account: Account, equity: str, count: int):
    assert len(account.worth(equity)) == count


def test_a_lost_day_is_locked_until_the_next_one_begins_in_new_york(account: Account):
    account.worth(100_000)
    (lock,) = account.worth(96_876, at=NOON)
    assert lock == Locked(
        lock_id=derived_id("paper", "lock", "daily_loss", "2013-10-07"), account="paper", lock=LockKind.DAILY_LOSS,
        level=TradingState.HALTED, at=NOON, until=MIDNIGHT, value="0.0312", limit="0.03",
        reason="the day has lost 3124 dollars, 3.12% of 100000, the limit is 3.00%: no entries until "
        "2013-10-08 00:00 New York, or `interlock resume` or POST /resume",
    )  # fmt: skip
    account.tick(MIDNIGHT - timedelta(seconds=1))
    assert account.state.locks == {lock.lock_id: lock}
    account.tick(MIDNIGHT)
    assert account.state.locks == {}


def test_who_resumes_a_lost_day_has_decided_for_that_day_and_not_for_the_next(account: Account):
    (lock,) = account.worth(96_000)
    assert account.worth(95_000) == []
    account.resume(lock)
    assert account.state.locks == {}
    assert account.worth(94_000) == []
    (tomorrow,) = account.worth(90_000, at=MIDNIGHT + 10 * HOUR, begun=94_000)
    assert tomorrow.lock_id != lock.lock_id


def test_without_a_last_close_the_day_begins_with_its_first_snapshot(state: MakeState):
    account = Account(state(snapshot=None, limits=Limits(max_drawdown=Decimal(0))), begun=None)
    assert account.worth(50_000) == []
    assert account.worth("48500.01") == []
    assert [lock.lock for lock in account.worth(48_500)] == [LockKind.DAILY_LOSS]
    assert account.worth(48_500, at=MIDNIGHT) == []


def test_what_was_lost_yesterday_is_not_lost_again_while_the_broker_has_not_closed_its_books(account: Account):
    (lock,) = account.worth(96_000)
    account.tick(MIDNIGHT)
    assert lock.lock_id not in account.state.locks
    assert account.worth(96_000, at=MIDNIGHT + HOUR) == []
    assert account.worth(95_000, at=MIDNIGHT + 10 * HOUR, begun=96_500) == []
    assert len(account.worth(93_500, at=MIDNIGHT + 11 * HOUR)) == 1


def test_a_day_without_a_limit_has_none(account: Account):
    step(account.state, limited(max_daily_loss=Decimal(0), max_drawdown=Decimal(0)))
    assert account.worth(1) == []


# --- the high-water mark


@pytest.fixture
def climbing(state: MakeState) -> Account:
    """Give an account of which only the high-water mark is watched, which is at 120,000 dollars."""
    account = Account(state(snapshot=None, limits=Limits(max_daily_loss=Decimal(0))))
    assert [account.worth(equity) for equity in (100_000, 120_000, 110_000)] == [[], [], []]
    return account


@pytest.mark.parametrize(("equity", "count"), [("108000.01", 0), ("108000", 1), ("107999.99", 1)])
def test_the_account_may_fall_less_than_its_limit_from_its_highest(climbing: Account, equity: str, count: int):
    assert len(climbing.worth(equity)) == count


def test_a_drawdown_locks_until_a_person_resumes_and_the_mark_begins_anew(climbing: Account):
    (lock,) = climbing.worth(105_000, at=NOON)
    assert lock == Locked(
        lock_id=derived_id("paper", "lock", "drawdown", "4"), account="paper", lock=LockKind.DRAWDOWN,
        level=TradingState.HALTED, at=NOON, until=None, value="0.125", limit="0.1",
        reason="the account is worth 105000 dollars, 12.50% below its highest 120000, the limit is 10.00%: "
        "no entries until `interlock resume` or POST /resume",
    )  # fmt: skip
    climbing.tick(NOON + 1000 * HOUR)
    assert climbing.worth(80_000) == [], "one lock for one fall"
    assert list(climbing.state.locks) == [lock.lock_id]
    climbing.resume(lock)
    assert climbing.worth("72000.01") == []
    (again,) = climbing.worth(72_000)
    assert again.lock_id != lock.lock_id


def test_who_resumes_a_drawdown_at_once_begins_at_what_the_account_is_worth_then(climbing: Account):
    (lock,) = climbing.worth(105_000)
    climbing.resume(lock)
    assert [climbing.worth(105_000), climbing.worth("94500.01")] == [[], []]
    assert len(climbing.worth(94_500)) == 1


# --- money that people move


def test_a_withdrawal_is_no_loss_before_and_after_it_is_told(account: Account):
    account.worth(100_000)
    account.moved(-20_000)
    assert account.worth(80_000) == []
    assert account.explained(100_000, 80_000) == []
    assert account.worth("77600.01") == []
    assert len(account.worth(77_600)) == 1, "3 % of the 80,000 that are left"


def test_a_deposit_is_no_gain_that_could_be_lost(climbing: Account):
    climbing.worth(120_000)
    climbing.moved(30_000)
    assert climbing.worth(150_000) == []
    climbing.explained(100_000, 130_000)
    assert climbing.worth("135000.01") == []
    assert len(climbing.worth(135_000)) == 1, "the mark is 150,000, not 180,000"


def test_cash_that_a_fill_has_spent_is_not_missing(account: Account):
    account.worth(100_000)
    step(account.state, fill("b1", Side.BUY, 100, price=200))
    account.moved(-20_000)
    assert len(account.worth(97_000)) == 1


# --- round trips


def fill(
    name: str, side: Side, qty: int, *, price: float = 100, symbol: str = "AAPL", purpose: Purpose | None = None,
    at: datetime = NOON, cum: int | None = None,
) -> OrderFilled:  # fmt: skip
    purpose = purpose or (Purpose.ENTRY if side is Side.BUY else Purpose.PROTECT)
    return OrderFilled(
        account="paper", execution_id=execution_id(name, Decimal(cum or qty)), client_order_id=name, purpose=purpose,
        symbol=symbol, side=side, qty=Decimal(qty), price=Decimal(str(price)), cum_qty=Decimal(cum or qty), at=at,
    )  # fmt: skip


class Trades:
    """Trades of ten shares at 100 dollars, one minute apart."""

    def __init__(self, state: State) -> None:
        self.state, self.count = state, 0

    def enter(self, symbol: str = "AAPL", strategy: str = "") -> None:
        self.count += 1
        name, at = f"e{self.count}", NOON + timedelta(minutes=self.count)
        approval = OrderApproved(
            approval_id=name, signal_id=f"s{name}", account="paper", source=Source.WS, symbol=symbol, side=Side.BUY,
            qty=Decimal(10), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=Decimal(100), at=at,
            expires_at=at, checks=(), strategy=strategy,
        )  # fmt: skip
        evolve(self.state, approval)
        assert step(self.state, fill(name, Side.BUY, 10, symbol=symbol, at=at)) == []

    def leave(self, price: float, symbol: str = "AAPL", purpose: Purpose = Purpose.PROTECT) -> list[Locked]:
        at = NOON + timedelta(minutes=self.count)
        sale = fill(f"x{self.count}", Side.SELL, 10, price=price, symbol=symbol, purpose=purpose, at=at)
        return step(self.state, sale)

    def trade(self, price: float, symbol: str = "AAPL", strategy: str = "") -> list[Locked]:
        self.enter(symbol, strategy)
        return self.leave(price, symbol)

    def resume(self, *locks: Locked) -> None:
        lifts = tuple(lock.lock_id for lock in locks)
        step(self.state, Resumed(control_id="r", scope="paper", by="ann", why="", lifts=lifts))


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
        limit="3", reason="3 trades in a row have lost, the limit is 3: no entries until 2013-10-07 12:33 New York, "
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
    assert step(t.state, fill("x", Side.SELL, 5, price=99)) == []
    assert step(t.state, fill("x", Side.SELL, 5, price=101.01, cum=10)) == [], "one cent won"
    t.enter()
    assert step(t.state, fill("y", Side.SELL, 9, price=100)) == []
    assert len(step(t.state, fill("y", Side.SELL, 1, price=99.99, cum=10))) == 1


def test_two_entries_are_one_trade(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1)
    t.enter()
    t.enter()
    assert step(t.state, fill("x", Side.SELL, 10, price=90)) == []
    assert step(t.state, fill("y", Side.SELL, 10, price=110)) == []
    assert t.state.results.trips == {}


def test_without_an_end_a_lock_stands_until_a_person_resumes(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1, lock_minutes=0)
    (lock,) = t.trade(99)
    assert (lock.until, lock.reason[-40:]) == (None, "until `interlock resume` or POST /resume")


def test_what_is_over_already_locks_nothing(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1, cool_down_minutes=5)
    step(t.state, Tick(at=NOON + 2 * HOUR, is_open=True, next_open=NOON, next_close=NOON))
    assert t.trade(99) == []


def test_shares_that_a_person_bought_are_no_trade_of_ours(trades: Callable[..., Trades]):
    t = trades(max_consecutive_losses=1)
    external = Purpose.EXTERNAL
    step(t.state, fill("h1", Side.BUY, 4, purpose=external))
    t.enter()
    assert step(t.state, fill("h2", Side.SELL, 4, price=50, purpose=external)) == []
    assert len(step(t.state, fill("h3", Side.SELL, 10, price=99, purpose=external))) == 1, "these were ours"


def test_shares_that_left_without_a_sale_have_no_result(
    trades: Callable[..., Trades], snapshot: Callable[..., AccountSnapshot]
):
    t = trades(max_consecutive_losses=1)
    t.enter()
    assert list(t.state.results.trips) == ["AAPL"]
    assert step(t.state, *(snapshot(n=n) for n in (2, 3, 4))) == []
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
        reason="2 trades of ema hit their stop within 10 minutes, the limit is 2: no entries until "
        "2013-10-07 13:02 New York, or `interlock resume` or POST /resume",
    )  # fmt: skip
    assert t.trade(99, strategy="ema") == [], "the count begins anew"


def test_stops_hit_by_several_strategies_lock_the_account(trades: Callable[..., Trades]):
    t = trades(max_stop_losses=2)
    assert t.trade(99, strategy="ema") == []
    (lock,) = t.trade(99, strategy="vwap")
    assert (lock.strategy, lock.reason[:60]) == ("", "2 trades hit their stop within 60 minutes, the limit is 2: n")
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
    step(t.state, own)
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


def test_a_signal_that_waits_for_the_account_meets_the_lock_that_the_account_brings(
    state: MakeState, signal: Callable[..., Signal], snapshot: Callable[..., AccountSnapshot]
):
    s = state(snapshot=None)
    assert decide(s, signal()) == ()
    evolve(s, signal())
    lock, denied = decide(s, snapshot(equity=Decimal(96_000)))
    assert isinstance(lock, Locked)
    assert isinstance(denied, OrderDenied)
    assert (denied.code, denied.reason) == ("locked", lock.reason)


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
        found += step(t.state, event)
        t.state = msgspec.json.decode(msgspec.json.encode(t.state), type=State)
    assert found == step(whole, *events)
    assert {lock.lock for lock in found} == set(LockKind)
    assert t.state == whole


def test_a_quote_locks_nothing(account: Account):
    account.worth(90_000)
    assert step(account.state, Quote(symbol="AAPL", bid=1, ask=1, at=NOON)) == []
