"""A split sells nothing: protection is taken back on its eve and rests anew at the new prices, for the new count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.accounts import HoldingSplit
from contracts.exits import CancelProtection, ExitReason, MarkRaised, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.market import Quote, SplitAnnounced, Tick
from contracts.values import TimeInForce
from position_manager import restating
from position_manager.bands import band
from position_manager.core import evolve
from position_manager.outlook import plans
from position_manager.splits import Split, next_session
from position_manager.state import Market, Part, Position, State

if TYPE_CHECKING:
    from position_manager.plan import Intent

    from .conftest import Manager

D = Decimal
EVENING = datetime(2013, 10, 7, 20, 0, 1, tzinfo=UTC)
MIDNIGHT = datetime(2013, 10, 8, 4, 1, tzinfo=UTC)
MORNING = datetime(2013, 10, 8, 13, 30, tzinfo=UTC)
EX_DATE = date(2013, 10, 8)


def announce(manager: Manager, rates: str = "2:1", ex_date: date = EX_DATE, name: str = "a1") -> tuple[Intent, ...]:
    new, old = map(D, rates.split(":"))
    return manager.take(
        SplitAnnounced(action_id=name, symbol="SPY", old_rate=old, new_rate=new, ex_date=ex_date)
    )  # fmt: skip


def carry_out(manager: Manager, before: str, after: str, rates: str = "2:1", name: str = "a1") -> tuple[Intent, ...]:
    new, old = map(D, rates.split(":"))
    return manager.take(
        HoldingSplit(
            account="paper", n=99, symbol="SPY", action_id=name, old_rate=old, new_rate=new, qty_before=D(before),
            qty_after=D(after), at=manager.at,
        )
    )  # fmt: skip


def tick_at(manager: Manager, at: datetime, *, is_open: bool) -> tuple[Intent, ...]:
    """Let the clock of days around the split tell the time."""
    manager.at = at
    opens, day = MORNING, timedelta(days=1)
    next_open = opens if at < opens else opens + day
    closes = opens.replace(hour=20)
    next_close = closes - day if at < closes - day else closes
    return manager.take(Tick(at=at, is_open=is_open, next_open=next_open, next_close=next_close))


def eve(manager: Manager) -> tuple[Intent, ...]:
    return tick_at(manager, EVENING, is_open=False)


def opens(manager: Manager) -> tuple[Intent, ...]:
    return tick_at(manager, MORNING, is_open=True)


def held(manager: Manager, qty: str = "10", price: str = "100", order: str = "e1") -> PlaceProtection:
    (placed,) = manager.bought(qty, price, order=order)
    assert isinstance(placed, PlaceProtection)
    manager.rest(placed)
    manager.tick()
    return placed


def asked(intents: tuple[Intent, ...]) -> list[tuple[str, str, str, str]]:
    """Give what is placed: how many, stop, target and why."""
    placed = [intent for intent in intents if isinstance(intent, PlaceProtection)]
    assert len(placed) == len(intents)
    return [(str(one.qty), str(one.stop_price), str(one.target_price), one.reason) for one in placed]


def taken_back(manager: Manager, placed: PlaceProtection) -> None:
    (cancel,) = eve(manager)
    assert isinstance(cancel, CancelProtection)
    assert (cancel.client_order_id, cancel.reason) == (placed.exit_id, ExitReason.SPLIT)
    assert manager.end(placed) == ()


def test_on_the_eve_it_is_taken_back_and_rests_anew_when_the_broker_has_counted(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    assert tick_at(manager, MIDNIGHT, is_open=False) == ()
    assert asked(carry_out(manager, "10", "20")) == [("20", "47.50", "60.00", "split")]
    assert opens(manager) == ()
    assert manager.quantities() == {"SPY": (20, 20)}


def test_days_before_nothing_is_done(manager: Manager):
    held(manager)
    assert announce(manager, ex_date=EX_DATE + timedelta(days=1)) == ()
    assert eve(manager) == ()


def test_a_symbol_that_is_not_held_is_no_matter(manager: Manager):
    announce(manager)
    assert (eve(manager), carry_out(manager, "10", "20"), opens(manager)) == ((), (), ())
    assert manager.state.positions == {}


@pytest.mark.parametrize(
    ("rates", "before", "after", "rests"),
    [
        ("3:2", "10", "15", [("15", "63.33", "80.00", "split")]),
        ("3:2", "5", "7.5", [("7", "63.33", "80.00", "split"), ("0.5", "63.33", "None", "split")]),
        ("1:10", "100", "10", [("10", "950.00", "1200.00", "split")]),
        ("1:10", "25", "2.5", [("2", "950.00", "1200.00", "split"), ("0.5", "950.00", "None", "split")]),
        # Half a share is paid out in cash, or rounded up.
        ("1:10", "25", "2", [("2", "950.00", "1200.00", "split")]),
        ("1:10", "25", "3", [("3", "950.00", "1200.00", "split")]),
        ("1:10", "5", "0", []),
        ("1:3", "10", "3.333333333", [("3", "285.00", "360.00", "split"), ("0.333333333", "285.00", "None", "split")]),
        ("1.05:1", "20", "21", [("21", "90.48", "114.29", "split")]),
        ("1.05:1", "10", "10.5", [("10", "90.48", "114.29", "split"), ("0.5", "90.48", "None", "split")]),
    ],
)
def test_each_ratio_has_its_count_and_its_prices(
    rates: str, before: str, after: str, rests: list[tuple[str, str, str, str]], manager: Manager
):
    announce(manager, rates)
    taken_back(manager, held(manager, before))
    tick_at(manager, MIDNIGHT, is_open=False)
    assert asked(carry_out(manager, before, after, rates)) == rests


def test_a_fraction_rests_as_an_order_of_the_day_and_two_halves_become_one_share(manager: Manager):
    announce(manager)
    (placed,) = manager.bought("0.5", "100")
    manager.order(placed, OrderStatus.NEW)
    eve(manager)
    manager.end(placed)
    (again,) = carry_out(manager, "0.5", "1")
    assert isinstance(again, PlaceProtection)
    assert (again.qty, again.target_price, again.time_in_force) == (1, 60, TimeInForce.GTC)


def test_what_is_paid_out_leaves_whole_shares_whole(manager: Manager):
    announce(manager, "1:10")
    first, second = held(manager, "15"), held(manager, "16", order="e2")
    eve(manager)
    manager.end(first)
    manager.end(second)
    tick_at(manager, MIDNIGHT, is_open=False)
    assert [qty for qty, *_ in asked(carry_out(manager, "31", "3", "1:10"))] == ["1", "2"]


def test_shares_of_strangers_are_theirs_after_it_too(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    assert [qty for qty, *_ in asked(carry_out(manager, "17", "34"))] == ["20"]


def test_where_the_broker_is_late_the_new_prices_hold_from_the_open_on_and_the_count_follows(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    (placed,) = opens(manager)
    assert asked((placed,)) == [("10", "47.50", "60.00", "split")]
    manager.rest(placed)
    assert asked(carry_out(manager, "10", "20")) == [("10", "47.50", "60.00", "split")]
    assert manager.quantities() == {"SPY": (20, 20)}


def test_in_a_reverse_split_a_late_count_takes_back_what_would_sell_too_much(manager: Manager):
    announce(manager, "1:10")
    taken_back(manager, held(manager, "100"))
    (placed,) = opens(manager)
    manager.rest(placed)
    (cancel,) = carry_out(manager, "100", "10", "1:10")
    assert isinstance(cancel, CancelProtection)
    assert asked(manager.end(placed)) == [("10", "950.00", "1200.00", "remainder")]


def test_a_broker_that_has_fewer_already_refuses_and_is_asked_again(manager: Manager):
    announce(manager, "1:10")
    taken_back(manager, held(manager, "100"))
    (placed,) = opens(manager)
    manager.order(placed, OrderStatus.REJECTED)
    assert asked(carry_out(manager, "100", "10", "1:10")) == [("10", "950.00", "1200.00", "split")]


def test_what_is_announced_late_is_followed_at_once(manager: Manager):
    placed = held(manager)
    eve(manager)
    opens(manager)
    assert announce(manager) == ()
    (cancel,) = tick_at(manager, MORNING + timedelta(seconds=1), is_open=True)
    assert isinstance(cancel, CancelProtection)
    assert asked(manager.end(placed)) == [("10", "47.50", "60.00", "split")]


def test_what_was_bought_since_the_split_is_none_of_its_shares(manager: Manager):
    opens(manager)
    placed = held(manager)
    announce(manager)
    assert manager.tick() == ()
    assert carry_out(manager, "7", "14") == ()
    assert manager.state.positions["SPY"].covered_by(placed.exit_id)[0].stop_price == 95


def test_a_count_that_comes_before_its_announcement_is_followed_once(manager: Manager):
    placed = held(manager)
    eve(manager)
    manager.end(placed)
    manager.rest(manager.wanted[-1])
    (_, more) = carry_out(manager, "10", "20")
    assert asked((more,)) == [("10", "47.50", "60.00", "split")]
    announce(manager)
    opens(manager)
    assert [part.stop_price for part in manager.state.positions["SPY"].parts] == [D("47.50"), D("47.50")]


def test_a_broker_that_is_early_is_followed_in_its_count_and_in_its_prices_when_they_hold(manager: Manager):
    placed = held(manager)
    announce(manager)
    (more,) = carry_out(manager, "10", "20")
    assert asked((more,)) == [("10", "95.00", "120.00", "split")]
    manager.rest(more)
    assert len(eve(manager)) == 2
    assert (manager.end(placed), manager.end(more)) == ((), ())
    assert tick_at(manager, MIDNIGHT, is_open=False) == ()
    assert asked(opens(manager)) == [("10", "47.50", "60.00", "split")] * 2


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2013-10-07T13:00", 7),
        ("2013-10-07T19:59", 7),
        ("2013-10-07T20:00", 8),
        ("2013-10-08T04:01", 8),
        ("2013-10-04T20:00", 7),
        ("2013-10-05T16:00", 7),
        ("2013-10-06T23:00", 7),
    ],
)
def test_the_next_session_is_told_by_the_time_alone(at: str, day: int):
    assert next_session(datetime.fromisoformat(at).replace(tzinfo=UTC)) == date(2013, 10, day)


def test_it_is_followed_once_whatever_is_told_again(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    tick_at(manager, MIDNIGHT, is_open=False)
    carry_out(manager, "10", "20")
    announce(manager)
    assert (carry_out(manager, "10", "20"), opens(manager)) == ((), ())
    assert manager.quantities()["SPY"] == (20, 20)


def test_two_splits_are_two(manager: Manager):
    announce(manager)
    announce(manager, "3:1", name="a2")
    taken_back(manager, held(manager))
    tick_at(manager, MIDNIGHT, is_open=False)
    assert carry_out(manager, "10", "20") == ()
    assert asked(carry_out(manager, "20", "60", "3:1", "a2")) == [("60", "15.83", "20.00", "split")]


def test_a_stop_that_fills_on_the_eve_leaves_nothing_to_be_split(manager: Manager):
    announce(manager)
    placed = held(manager)
    eve(manager)
    manager.sold(placed, "10", "10", leg=True)
    assert manager.end(placed) == ()
    assert carry_out(manager, "0", "0") == ()
    assert opens(manager) == ()


def test_a_stop_that_fills_in_part_on_the_eve_leaves_the_rest(manager: Manager):
    announce(manager)
    placed = held(manager)
    eve(manager)
    manager.sold(placed, "4", "4", leg=True)
    manager.end(placed)
    assert asked(carry_out(manager, "6", "12")) == [("12", "47.50", "60.00", "split")]


def test_a_soft_exit_whose_cancel_is_under_way_sells_the_new_count_at_the_open(manager: Manager):
    announce(manager)
    placed = held(manager)
    manager.sell_signal()
    eve(manager)
    assert manager.end(placed) == ()
    tick_at(manager, MIDNIGHT, is_open=False)
    carry_out(manager, "10", "20")
    opens(manager)
    for intent in manager.wanted[3:]:
        if isinstance(intent, PlaceProtection):
            manager.rest(intent)
            manager.end(intent)
    assert sum(one.qty for one in manager.wanted if not isinstance(one, CancelProtection | PlaceProtection)) == 20


def test_an_entry_that_works_is_taken_back_on_the_eve(manager: Manager):
    announce(manager)
    manager.entry(OrderStatus.NEW)
    (cancel,) = eve(manager)
    assert isinstance(cancel, CancelProtection)
    assert (cancel.client_order_id, cancel.reason) == ("e1", ExitReason.SPLIT)


@pytest.mark.parametrize(("rates", "theirs"), [("1:10", "10"), ("1:10", "9.5"), ("2:1", "20")])
def test_a_count_that_a_split_explains_writes_nothing_off(rates: str, theirs: str, manager: Manager):
    announce(manager, rates)
    taken_back(manager, held(manager, "100"))
    for _ in range(3):
        manager.snapshot(theirs if rates == "1:10" else "200")
    assert manager.quantities()["SPY"][0] == 100


def test_shares_that_are_gone_beyond_a_split_are_written_off(manager: Manager):
    announce(manager, "1:10")
    taken_back(manager, held(manager, "100"))
    manager.snapshot("4")
    manager.snapshot("4")
    assert manager.quantities()["SPY"][0] == 4


def test_prices_of_before_are_no_prices_after_it(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    manager.quote(110)
    carry_out(manager, "10", "20")
    assert manager.state.positions["SPY"].price == 0
    before = manager.state.positions["SPY"]
    manager.quote(110)
    manager.take(
        MarkRaised(
            mark_id="m", account="paper", symbol="SPY", price=110.0, execution_ids=("e1-10",), at=manager.at,
        )
    )  # fmt: skip
    assert manager.state.positions["SPY"] == before
    opens(manager)
    manager.quote(51)
    assert (manager.state.positions["SPY"].price, [mark.price for mark in manager.marks]) == (51, [51])


def test_high_water_marks_and_what_trails_behind_them_follow(manager: Manager):
    announce(manager)
    placed = held(manager)
    manager.quote(110)
    taken_back(manager, placed)
    (again,) = carry_out(manager, "10", "20")
    manager.rest(again)
    opens(manager)
    assert manager.quote(52.6) == ()
    (cancel,) = manager.quote(52.4)
    assert isinstance(cancel, CancelProtection)
    assert cancel.reason == ExitReason.GAVE_BACK


def remembered(manager: Manager) -> State:
    """Give what one knows that has the log and no snapshot, whose ticks and quotes have aged out."""
    state = State(account="paper")
    for fact in manager.log:
        if not isinstance(fact, Tick | Quote):
            state = evolve(state, fact)
    return state


@pytest.mark.parametrize("late", [True, False])
def test_who_has_nothing_but_the_log_follows_it_once_too(manager: Manager, *, late: bool):
    announce(manager)
    taken_back(manager, held(manager))
    if late:
        (placed,) = opens(manager)
        manager.rest(placed)
        manager.quote(51)
        assert remembered(manager).positions["SPY"].parts == manager.state.positions["SPY"].parts
    carry_out(manager, "10", "20")
    after = remembered(manager)
    assert after.positions["SPY"].parts == manager.state.positions["SPY"].parts
    manager.state = after
    assert opens(manager) == ()


QUANTITIES = st.lists(st.decimals("0.001", "500", places=3), min_size=1, max_size=5)
RATES = st.sampled_from([("2", "1"), ("3", "2"), ("1", "10"), ("1.05", "1"), ("7", "1"), ("1", "3"), ("20", "1")])
PRICES = st.decimals("1", "5000", places=2)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(quantities=QUANTITIES, rates=RATES, price=PRICES, pays=st.booleans())
def test_what_shares_cost_is_kept_and_levels_stay_in_their_order(
    quantities: list[Decimal], rates: tuple[str, str], price: Decimal, *, pays: bool
):
    split = Split(action_id="a1", old_rate=D(rates[1]), new_rate=D(rates[0]), ex_date=EX_DATE)
    before = position(quantities, price)
    total = split.shares(before.held)
    counts = total.to_integral_value(ROUND_FLOOR) if pays else total.quantize(D("1e-9"), ROUND_FLOOR)
    fact = HoldingSplit(
        account="paper", n=1, symbol="SPY", action_id="a1", old_rate=split.old_rate, new_rate=split.new_rate,
        qty_before=before.held, qty_after=counts, at=EVENING,
    )  # fmt: skip
    after = restating.counted(restating.priced(before, split, Market()), split, fact)
    assert after.held == counts
    for part in after.parts:
        assert abs(part.entry_price - split.price(price)) <= D("0.000001")
        assert part.stop_price - D("0.01") <= part.entry_price <= part.target_price + D("0.01")
        assert abs(part.stop_price - split.price(before.parts[0].stop_price)) <= D("0.005")
    cost = sum(part.qty * part.entry_price for part in after.parts)
    lost = split.price(price) if pays else D("0.01")
    assert abs(cost - before.held * price) <= lost + D("0.001") * counts


def position(quantities: list[Decimal], price: Decimal) -> Position:
    parts = tuple(
        Part(
            part_id=f"p{number}", execution_id=f"e{number}", qty=qty, entry_price=price, stop_price=price * D("0.95"),
            target_price=price * D("1.2"), best=float(price),
        )
        for number, qty in enumerate(quantities)
    )  # fmt: skip
    return Position(symbol="SPY", opened=EVENING, parts=parts)


def outlook(manager: Manager) -> list[str]:
    steps = plans(manager.state).plans["SPY"]
    return [f"{step.what} {step.when} {step.at or ''}" for step in steps if step.policy == "split"]


def test_people_are_told_of_it_on_its_day_before_and_while_nothing_rests(manager: Manager):
    announce(manager)
    placed = held(manager)
    assert outlook(manager) == ["stop_pending at 2013-10-07 20:00:00+00:00"]
    taken_back(manager, placed)
    assert outlook(manager) == ["stop_pending now "]
    (step, *_) = plans(manager.state).plans["SPY"]
    assert step.why == (
        "taken back for the split on 2013-10-08: rests anew, at its prices, once the broker has followed it"
    )
    carry_out(manager, "10", "20")
    assert outlook(manager) == []


def test_near_a_split_every_quote_is_looked_at(manager: Manager):
    held(manager)
    manager.quote(100)
    assert band(manager.state.positions["SPY"], manager.state.market, "paper") is not None
    announce(manager, ex_date=EX_DATE + timedelta(days=4))
    assert band(manager.state.positions["SPY"], manager.state.market, "paper") is not None
    announce(manager, name="a2")
    assert band(manager.state.positions["SPY"], manager.state.market, "paper") is None
