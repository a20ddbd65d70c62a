"""A split sells nothing: protection is taken back on its eve and rests anew at the new prices, for the new count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from contracts.exits import CancelProtection, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.market import Quote, Tick
from position_manager.core import evolve
from position_manager.splits.announced import next_session
from position_manager.state import State

from .nights import (
    EX_DATE,
    MIDNIGHT,
    MORNING,
    announce,
    asked,
    carry_out,
    eve,
    held,
    opens,
    taken_back,
    tick_at,
)

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal


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
