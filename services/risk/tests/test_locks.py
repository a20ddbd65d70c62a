"""What the account has lost locks entries: once for each cause, with a reason; a person may end it sooner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot, DriftFound, DriftKind
from contracts.control import LimitsSet, Resumed
from contracts.limits import Limits
from contracts.locks import Locked, LockKind
from contracts.market import Quote, Tick
from contracts.orders import OrderFilled, Purpose
from contracts.signals import Signal
from contracts.values import Side, TradingState, derived_id
from contracts.verdicts import OrderDenied
from risk.core import decide, evolve
from risk.state import State
from tests.simulation.gate.locks import locks_of

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
MIDNIGHT = datetime(2013, 10, 8, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

MakeState = Callable[..., State]


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
        return locks_of(self.state, shown)

    def moved(self, amount: int) -> None:
        """Move cash in or out; the executor tells of it later than the snapshot does."""
        self.cash += amount

    def explained(self, ours: int, theirs: int) -> list[Locked]:
        self.n += 1
        drift = DriftFound(
            account="paper", n=self.n, difference=DriftKind.CASH_DRIFT, symbol="USD", ours=str(ours),
            theirs=str(theirs), at=self.at,
        )  # fmt: skip
        return locks_of(self.state, drift)

    def tick(self, at: datetime) -> None:
        self.at = at
        locks_of(self.state, Tick(at=at, is_open=True, next_open=at, next_close=at))

    def resume(self, *locks: Locked) -> None:
        lifts = tuple(lock.lock_id for lock in locks)
        locks_of(self.state, Resumed(control_id="r", scope="paper", by="ann", why="", lifts=lifts))


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
    locks_of(account.state, limited(max_daily_loss=Decimal(0), max_drawdown=Decimal(0)))
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
    assert [climbing.worth(90_000), climbing.worth(80_000)] == [[], []], "one lock for one fall"
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


def test_what_came_in_before_a_close_is_in_that_close(account: Account):
    account.worth(100_000)
    account.moved(50_000)
    account.worth(150_000)
    account.explained(100_000, 150_000)
    assert account.worth("145500.01") == []
    assert account.worth("146000", begun=150_000) == []
    assert account.worth("145500.01") == []
    assert len(account.worth(145_500)) == 1, "3 % of 150,000, not of 200,000"


def test_cash_that_a_fill_has_spent_is_not_missing(account: Account):
    account.worth(100_000)
    bought = OrderFilled(
        account="paper", execution_id="b1-100", client_order_id="b1", purpose=Purpose.ENTRY, symbol="AAPL",
        side=Side.BUY, qty=Decimal(100), price=Decimal(200), cum_qty=Decimal(100), at=NOON,
    )  # fmt: skip
    locks_of(account.state, bought)
    account.moved(-20_000)
    assert len(account.worth(97_000)) == 1


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


def test_a_quote_locks_nothing(account: Account):
    account.worth(90_000)
    assert locks_of(account.state, Quote(symbol="AAPL", bid=1, ask=1, at=NOON)) == []
