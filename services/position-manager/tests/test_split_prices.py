"""What a split makes of prices: those of before are none after it, for policies, people and replays."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.exits import CancelProtection, ExitReason, MarkRaised
from contracts.lifecycle import OrderStatus
from contracts.market import Quote
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce
from position_manager.bands import band
from position_manager.outlook import plans

from .conftest import OPEN, filled
from .nights import (
    EVENING,
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
from .test_bands import Skipping

if TYPE_CHECKING:
    from collections.abc import Callable

    from position_manager.plan import Intent

    from .conftest import Manager

D = Decimal


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


def test_what_was_bought_before_it_and_is_told_of_after_it_has_the_prices_that_hold(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    opens(manager)
    bought = filled("e2", "4", "4", Purpose.ENTRY, side=Side.BUY, price="100", at=OPEN)
    assert asked(manager.take(bought)) == [("4", "47.50", "60.00", "split")]
    since = filled("e3", "4", "4", Purpose.ENTRY, side=Side.BUY, price="50", at=manager.at)
    assert asked(manager.take(since)) == [("4", "47.50", "60.00", "entry_filled")]


def test_exits_that_came_with_shares_before_it_and_are_told_of_after_it_are_taken_back(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    opens(manager)
    manager.approved("e2", None, None, exits=("95", "120"))
    assert manager.take(filled("e2", "4", "4", Purpose.ENTRY, side=Side.BUY, price="100", at=OPEN)) == ()
    (cancel,) = exits_work(manager)
    assert isinstance(cancel, CancelProtection)
    assert (cancel.client_order_id, cancel.reason) == ("e2", ExitReason.SPLIT)


def exits_work(manager: Manager) -> tuple[Intent, ...]:
    """Let the broker tell that the exits of an entry for four shares work."""
    told = OrderChanged(
        account="paper", client_order_id="e2", n=1, purpose=Purpose.ENTRY, status=OrderStatus.FILLED, symbol="SPY",
        side=Side.BUY, qty=D(4), type=OrderType.MARKET, time_in_force=TimeInForce.GTC, at=manager.at, filled_qty=D(4),
        grouped=True, broker_order_id="b-e2",
    )  # fmt: skip
    target = replace(
        told, client_order_id="e2-target", purpose=Purpose.PROTECT, status=OrderStatus.NEW, side=Side.SELL,
        type=OrderType.LIMIT, filled_qty=D(0), parent="e2",
    )  # fmt: skip
    return (*manager.take(told), *manager.take(target))


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


WHATS = ("announce", "count", "evening", "night", "morning")
STEPS = st.lists(
    st.tuples(st.sampled_from([*["quote"] * 12, *WHATS]), st.integers(45, 112)),
    min_size=10, max_size=60,
)  # fmt: skip


def step_of(manager: Manager, what: str) -> None:
    match what:
        case "announce":
            announce(manager)
        case "count":
            carry_out(manager, "10", "20")
        case "evening" if manager.at < EVENING:
            eve(manager)
        case "night" if manager.at < MIDNIGHT:
            tick_at(manager, MIDNIGHT, is_open=False)
        case "morning" if manager.at < MORNING:
            opens(manager)
        case _:
            manager.tick(is_open=manager.state.market.is_open)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_skipped_or_bar_by_bar_the_same_is_decided_over_a_split(
    make_manager: Callable[[], Manager], steps: list[tuple[str, int]]
):
    every, skipping = make_manager(), Skipping(make_manager())
    for manager in (every, skipping.manager):
        held(manager)
        manager.quote(100)
    for what, price in steps:
        if what == "quote":
            quote = Quote(symbol="SPY", bid=price, ask=price + 0.01, at=every.at)
            every.take(quote)
            skipping.quote(quote)
            continue
        skipping.catch_up()
        step_of(every, what)
        step_of(skipping.manager, what)
        assert skipping.manager.state == every.state
    skipping.catch_up()
    assert (skipping.manager.wanted, skipping.manager.marks) == (every.wanted, every.marks)
