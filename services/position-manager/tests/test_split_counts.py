"""What a split makes of shares: the broker's count, of which nothing is lost but what it pays out."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.accounts import HoldingSplit
from contracts.commands import FlattenAsked
from contracts.exits import CancelProtection, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.values import TimeInForce
from position_manager.book.position import Part, Position
from position_manager.market import Market
from position_manager.splits import restating
from position_manager.splits.announced import Split

from .nights import (
    EVENING,
    EX_DATE,
    MIDNIGHT,
    announce,
    asked,
    carry_out,
    eve,
    held,
    taken_back,
    tick_at,
)

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal


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


def test_what_somebody_else_has_beyond_ours_is_theirs_after_it_too(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    carry_out(manager, "10", "25")
    position = manager.state.positions["SPY"]
    assert (position.held, position.strangers.beyond) == (20, 5)


def test_shares_that_were_given_up_before_it_are_as_many_more_after_it(manager: Manager):
    announce(manager)
    held(manager)
    manager.snapshot("6")
    manager.snapshot("6")
    carry_out(manager, "6", "12")
    position = manager.state.positions["SPY"]
    assert (position.held, position.given_up) == (12, 8)


def test_a_stop_of_before_it_that_is_told_of_late_moves_nothing(manager: Manager):
    announce(manager)
    placed = held(manager)
    eve(manager)
    carry_out(manager, "10", "20")
    manager.stop(placed, OrderStatus.HELD, "96")
    assert {part.stop_price for part in manager.state.positions["SPY"].parts} == {D("47.50")}


def test_who_has_lost_the_evening_knows_by_the_cancel_that_prices_are_old(manager: Manager):
    announce(manager)
    placed = held(manager)
    manager.take(
        CancelProtection(
            exit_id="x", account="paper", symbol="SPY", client_order_id=placed.exit_id, reason=ExitReason.SPLIT,
            at=manager.at,
        )
    )  # fmt: skip
    manager.end(placed)
    assert {part.because for part in manager.state.positions["SPY"].parts} == {ExitReason.SPLIT}


def test_no_price_falls_below_the_grid(manager: Manager):
    announce(manager, "10000000:1")
    taken_back(manager, held(manager))
    (placed,) = carry_out(manager, "10", "100000000", "10000000:1")
    assert isinstance(placed, PlaceProtection)
    assert placed.stop_price == D("0.0001")


def test_a_count_that_has_followed_it_before_that_was_told_gives_nobody_else_shares(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    tick_at(manager, MIDNIGHT, is_open=False)
    manager.snapshot("20")
    position = manager.state.positions["SPY"]
    assert (position.held, position.strangers.beyond, position.missing) == (10, 0, None)


@pytest.mark.parametrize("rates", ["0:1", "1:0", "-2:1"])
def test_what_is_no_ratio_is_no_split(rates: str, manager: Manager):
    announce(manager, rates)
    assert manager.state.market.splits == {}


def test_what_a_split_may_have_made_of_our_shares_is_no_strangers(manager: Manager):
    announce(manager)
    taken_back(manager, held(manager))
    for _ in range(4):
        tick_at(manager, MIDNIGHT, is_open=False)
    asked_for = FlattenAsked(command_id="c1", account="paper", by="ann", external=True, at=manager.at)
    told = [manager.take(asked_for), manager.snapshot("20", "100"), manager.snapshot("20", "100")]
    assert told == [(), (), ()], "nothing is sold before the broker has told what it counts"
    assert sum(part.qty for part in manager.state.positions["SPY"].parts) == 10
    carry_out(manager, "10", "20")
    assert sum(part.qty for part in manager.state.positions["SPY"].parts) == 20
