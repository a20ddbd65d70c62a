"""High-water marks: they rise by facts alone, so a restart knows them when quotes and snapshots are gone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.control import LimitsSet
from contracts.exits import ExitReason, MarkRaised
from contracts.limits import Limits
from contracts.market import Quote, Tick
from contracts.values import derived_id
from position_manager.core import evolve
from position_manager.marks import STEP
from position_manager.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Manager

D = Decimal


def held(manager: Manager, price: str = "100", order: str = "e1") -> None:
    (placed,) = manager.bought("1", price, order=order)
    manager.rest(placed)


def test_the_first_mark_is_written_where_something_is_armed(manager: Manager):
    held(manager)
    manager.quote(101.49)
    assert manager.marks == []
    manager.quote(101.5)
    assert manager.marks == [
        MarkRaised(
            mark_id=derived_id("e1-1", "mark", "100", "101.5"), account="paper", symbol="SPY", price=101.5,
            execution_ids=("e1-1",), at=manager.at,
        )
    ]  # fmt: skip


def test_it_rises_in_steps_and_always_where_something_is_armed(manager: Manager):
    held(manager)
    prices = [101.5, 101.5, 101.52, 101.53, 101.5, 101.99, 102, 102.01, 102.03]
    for price in prices:
        manager.quote(price)
    assert [mark.price for mark in manager.marks] == [101.5, 101.53, 101.99, 102, 102.03]


def test_shares_that_cost_more_have_a_mark_of_their_own(manager: Manager):
    held(manager, "100")
    manager.quote(101.5)
    held(manager, "101", order="e2")
    manager.quote(103)
    manager.quote(104)
    named = [(mark.price, mark.execution_ids) for mark in manager.marks]
    assert named == [(101.5, ("e1-1",)), (103, ("e1-1", "e2-1")), (104, ("e1-1", "e2-1"))]


def test_a_high_that_was_before_the_entry_is_not_its_mark(manager: Manager):
    held(manager, "100")
    manager.quote(110)
    held(manager, "100", order="e2")
    assert [part.best for part in manager.state.positions["SPY"].parts] == [110, 100]


def test_nothing_is_written_where_nothing_needs_it(manager: Manager):
    off = Limits(break_even=D(0), give_back=D(0))
    manager.take(LimitsSet(control_id="c", scope="all", limits=off, by="ann"))
    held(manager)
    manager.quote(150)
    assert manager.marks == []


def test_what_rises_all_the_way_to_the_target_writes_a_bounded_number_of_facts(manager: Manager):
    held(manager)
    price = 100.0
    while price < 120:
        price += 0.01
        manager.quote(round(price, 2))
    assert len(manager.marks) < 1 / STEP * 0.18


def aged(manager: Manager) -> State:
    """Give the state that a restart finds when quotes have aged out of the log and no snapshot is left."""
    state = State(account="paper")
    for fact in manager.log:
        if not isinstance(fact, Quote):
            state = evolve(state, fact)
    return state


def test_a_restart_knows_the_mark_though_the_quotes_have_aged_out_of_the_log(manager: Manager):
    held(manager)
    for price in (103, 110, 106):
        manager.quote(price)
    manager.state = aged(manager)
    assert [part.best for part in manager.state.positions["SPY"].parts] == [110]
    assert manager.quote(105.01) == ()
    (cancel,) = manager.quote(105)
    assert cancel.reason is ExitReason.GAVE_BACK


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.integers(9_500, 11_900), min_size=1, max_size=40),
    trail=st.sampled_from(["0", "0.01", "0.05"]),
    restart=st.integers(0, 40),
)
def test_whatever_the_prices_were_a_restart_decides_as_if_it_had_seen_them(
    prices: list[int], trail: str, restart: int, make_manager: Callable[[], Manager]
):
    straight, restarted = make_manager(), make_manager()
    limits = replace(Limits(), trail_fraction=D(trail), scale_out=("0.05:0.5",))
    for manager in (straight, restarted):
        manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann"))
        for placed in manager.bought("10", "100"):
            manager.rest(placed)
    for number, cents in enumerate(prices):
        if number == restart:
            restarted.state = aged(restarted)
        for manager in (straight, restarted):
            manager.quote(cents / 100)
    assert restarted.wanted == straight.wanted
    assert restarted.marks == straight.marks
    assert restarted.state == straight.state


def test_ticks_may_age_out_as_well(manager: Manager):
    held(manager)
    manager.quote(110)
    state = State(account="paper")
    for fact in manager.log:
        if not isinstance(fact, Tick | Quote):
            state = evolve(state, fact)
    assert [part.best for part in state.positions["SPY"].parts] == [110]
