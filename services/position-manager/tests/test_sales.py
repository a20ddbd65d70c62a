"""Sales while the market is closed: by limit before and after the hours, at market for the opening elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.control import LimitsSet
from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.market import Tick
from contracts.plans import What
from contracts.values import round_to_tick
from position_manager.book.position import Part, Position
from position_manager.core import evolve
from position_manager.market import Market
from position_manager.outlook import plans
from position_manager.policies.case import Case
from position_manager.sales import MISSED_TICKS, OLD, is_late, late_price
from position_manager.settings import ticked
from position_manager.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from position_manager.plan import Intent

    from .conftest import Manager

D = Decimal
AFTER, MORNING = 7 * 3600.0, 20 * 3600.0
"""Half an hour after the close of the first day; four hours before the open of the second."""
NIGHT = 14 * 3600.0


def late(manager: Manager, bid: float = 168.0) -> None:
    """Let it be evening, with a price."""
    manager.tick(is_open=False, seconds=AFTER)
    manager.quote(bid)


def ticks(manager: Manager, count: int, *, is_open: bool = False) -> list[tuple[Intent, ...]]:
    return [manager.tick(is_open=is_open) for _ in range(count)]


def sale(intents: tuple[Intent, ...]) -> tuple[Decimal, Decimal | None, bool]:
    (close,) = intents
    assert isinstance(close, ClosePosition)
    return (close.qty, close.limit_price, close.extended_hours)


def sold_late(manager: Manager) -> ClosePosition:
    """Let a signal begin the sale of ten shares in the evening."""
    placed = manager.protected()
    late(manager)
    manager.sell_signal()
    (close,) = manager.end(placed)
    assert isinstance(close, ClosePosition)
    return close


def works(manager: Manager, close: Intent, sold: str = "0") -> None:
    manager.order(close, OrderStatus.PARTIALLY_FILLED if sold != "0" else OrderStatus.NEW, sold)


def test_before_and_after_the_hours_the_protection_is_taken_back_and_a_limit_sells(manager: Manager):
    placed = manager.protected()
    late(manager)
    (cancel,) = manager.sell_signal()
    assert isinstance(cancel, CancelProtection)
    (close,) = manager.end(placed)
    assert close == ClosePosition(
        exit_id=close.exit_id, account="paper", symbol="SPY", qty=D(10), reason=ExitReason.SIGNAL, cause_id="x1",
        at=manager.at, limit_price=D("166.32"), extended_hours=True,
    )  # fmt: skip


def test_a_command_sells_by_limit_too(manager: Manager):
    placed = manager.protected()
    late(manager)
    manager.flatten("c1", halt="h1")
    assert sale(manager.end(placed)) == (10, D("166.32"), True)


def hour(text: str, day: int = 8) -> datetime:
    return datetime.fromisoformat(f"2013-10-0{day}T{text}:00-04:00").astimezone(UTC)


def seen(close: str, at: datetime) -> Market:
    """Let a session be seen that ends at `close`, and then the clock at `at`, before the next one."""
    open_still = Tick(at=hour("12:00"), is_open=True, next_open=hour("09:30", 9), next_close=hour(close))
    closed = Tick(at=at, is_open=False, next_open=hour("09:30", 9), next_close=hour("16:00", 9))
    return ticked(ticked(ticked(Market(), open_still), closed), closed)


@pytest.mark.parametrize(
    ("close", "at", "is_on"),
    [
        ("16:00", hour("16:00"), True),
        ("16:00", hour("19:59"), True),
        ("16:00", hour("20:00"), False),
        ("16:00", hour("03:59", 9), False),
        ("16:00", hour("04:00", 9), True),
        ("16:00", hour("09:29", 9), True),
        ("13:00", hour("16:59"), True),
        ("13:00", hour("17:00"), False),
    ],
)
def test_it_is_traded_from_four_to_eight_in_new_york_after_a_half_day_to_five(close: str, at: datetime, *, is_on: bool):
    assert is_late(seen(close, at)) is is_on


def test_while_the_market_is_open_it_is_not_late():
    noon = Tick(at=hour("12:00"), is_open=True, next_open=hour("09:30", 9), next_close=hour("16:00"))
    assert not is_late(ticked(seen("16:00", hour("16:00", 7)), noon))


def test_before_the_first_tick_and_where_no_session_was_seen_to_end_nothing_is_traded():
    assert not is_late(Market())
    evening = Tick(at=hour("18:00"), is_open=False, next_open=hour("09:30", 9), next_close=hour("16:00", 9))
    assert not is_late(ticked(Market(), evening))


@given(bid=st.floats(0.0002, 5_000), discount=st.decimals(D("0.000001"), D("0.5"), places=6))
def test_the_limit_is_on_the_grid_and_never_above_the_bid(bid: float, discount: Decimal):
    now = hour("18:00")
    part = Part(
        part_id="p", execution_id="e", qty=D(1), entry_price=D(1), stop_price=D(1), target_price=D(2), best=1,
        leaving=ExitReason.SIGNAL,
    )  # fmt: skip
    position = Position(symbol="SPY", opened=now, parts=(part,), price=bid, priced_at=now)
    market = Market(now=now, last_close=hour("16:00"), next_open=hour("09:30", 9))
    price = late_price(Case(part, position, market, Limits(extended_exit_discount=discount)))
    assert price is not None
    assert 0 < price <= D(str(bid))
    assert price == round_to_tick(price)


def test_without_a_discount_it_is_sold_at_market_for_the_opening(manager: Manager):
    limits = Limits(extended_exit_discount=D(0))
    manager.take(LimitsSet(control_id="l", scope="all", limits=limits, by="ann"))
    close = sold_late(manager)
    assert (close.limit_price, close.extended_hours) == (None, False)


@pytest.mark.parametrize("age", [None, OLD + timedelta(seconds=1)])
def test_without_a_price_or_with_an_old_one_it_is_sold_at_market_for_the_opening(
    manager: Manager, age: timedelta | None
):
    placed = manager.protected()
    manager.tick(is_open=False, seconds=AFTER)
    if age is not None:
        manager.quote(168)
        manager.tick(is_open=False, seconds=age.total_seconds())
    manager.sell_signal()
    assert sale(manager.end(placed)) == (10, None, False)


def test_at_night_it_is_sold_at_market_for_the_opening(manager: Manager):
    placed = manager.protected()
    manager.tick(is_open=False, seconds=NIGHT)
    manager.quote(168)
    manager.sell_signal()
    assert sale(manager.end(placed)) == (10, None, False)


def test_whole_shares_are_sold_now_and_the_fraction_at_the_opening(manager: Manager):
    first, second = manager.bought("2.5")
    for placed in (first, second):
        manager.rest(placed)
    late(manager)
    manager.sell_signal()
    assert manager.end(first) == ()
    assert [sale((one,)) for one in manager.end(second)] == [(2, D("166.32"), True), (D("0.5"), None, False)]
    assert manager.quantities() == {"SPY": (D("2.5"), D("2.5"))}


def test_each_order_covers_what_it_is_for(manager: Manager):
    """Three whole parts and two fractions, bought in turn."""
    placed = [*manager.bought("1.5"), *manager.bought("2.5", order="e2"), *manager.bought("3", order="e3")]
    for one in placed:
        manager.rest(one)
    late(manager)
    manager.sell_signal()
    closes = [close for one in placed for close in manager.end(one)]
    assert [sale((close,)) for close in closes] == [(6, D("166.32"), True), (1, None, False)]
    covered = {
        close.exit_id: sorted(part.qty for part in manager.state.positions["SPY"].covered_by(close.exit_id))
        for close in closes
    }
    assert list(covered.values()) == [[1, 2, 3], [D("0.5"), D("0.5")]]


def test_shares_of_strategies_with_their_own_discounts_have_their_own_limits(manager: Manager):
    theirs, fields = Limits(extended_exit_discount=D("0.02")), ("extended_exit_discount",)
    manager.take(LimitsSet(control_id="l", scope="all", limits=theirs, fields=fields, by="ann", strategy="ema"))
    first = manager.protected("3", "e1")
    manager.approved("e2", None, None, strategy="ema")
    second = manager.protected("4", "e2")
    late(manager)
    manager.sell_signal()
    manager.end(first)
    assert [sale((one,)) for one in manager.end(second)] == [(3, D("166.32"), True), (4, D("164.64"), True)]


def test_no_policy_sells_outside_the_hours(manager: Manager):
    manager.protected()
    manager.tick(is_open=False, seconds=8 * 86_400)
    assert manager.quote(300) == ()
    assert ticks(manager, 3) == [()] * 3


def test_what_has_begun_to_leave_in_the_open_market_goes_on_by_limit(manager: Manager):
    manager.take(LimitsSet(control_id="l", scope="all", limits=Limits(flat_minutes_before_close=1), by="ann"))
    placed = manager.protected()
    manager.tick(seconds=6.5 * 3600 - 30)
    (close,) = manager.end(placed)
    works(manager, close, "4")
    manager.tick(is_open=False, seconds=30)
    manager.quote(168)
    assert manager.order(close, OrderStatus.EXPIRED, "4") == ()
    assert sale(manager.tick(is_open=False)) == (6, D("166.32"), True)


def test_a_limit_that_the_bid_falls_below_is_taken_back_and_tried_at_the_new_price(manager: Manager):
    close = sold_late(manager)
    works(manager, close, "4")
    manager.quote(166.32)
    assert ticks(manager, 2 * MISSED_TICKS) == [()] * 2 * MISSED_TICKS
    manager.quote(166)
    assert ticks(manager, MISSED_TICKS - 1) == [()] * (MISSED_TICKS - 1)
    (cancel,) = manager.tick(is_open=False)
    assert isinstance(cancel, CancelProtection)
    assert (cancel.client_order_id, cancel.reason) == (close.exit_id, ExitReason.SIGNAL)
    assert manager.end(close, filled="4") == ()
    assert sale(manager.tick(is_open=False)) == (6, D("164.34"), True)


def test_a_bid_that_comes_back_in_time_lets_it_rest(manager: Manager):
    works(manager, sold_late(manager))
    manager.quote(166)
    ticks(manager, MISSED_TICKS - 1)
    manager.quote(167)
    ticks(manager, 1)
    manager.quote(166)
    assert ticks(manager, MISSED_TICKS - 1) == [()] * (MISSED_TICKS - 1)


def test_an_old_price_is_no_reason_to_take_a_limit_back(manager: Manager):
    works(manager, sold_late(manager))
    manager.quote(166)
    manager.tick(is_open=False, seconds=OLD.total_seconds() + 1)
    assert ticks(manager, 2 * MISSED_TICKS) == [()] * 2 * MISSED_TICKS


def test_what_sells_while_a_limit_is_taken_back_is_not_sold_again(manager: Manager):
    close = sold_late(manager)
    works(manager, close)
    manager.quote(160)
    ticks(manager, MISSED_TICKS)
    manager.sold(close, "10", "10")
    manager.order(close, OrderStatus.FILLED, "10")
    assert ticks(manager, 20) == [()] * 20
    assert manager.quantities() == {"SPY": (0, 0)}


def test_the_open_market_gets_what_a_limit_does_not_sell_at_once(manager: Manager):
    placed = manager.protected()
    manager.tick(is_open=False, seconds=MORNING)
    manager.quote(168)
    manager.sell_signal()
    (close,) = manager.end(placed)
    works(manager, close)
    assert ticks(manager, MISSED_TICKS - 1, is_open=True) == [()] * (MISSED_TICKS - 1)
    (cancel,) = manager.tick()
    assert isinstance(cancel, CancelProtection)
    assert manager.end(close) == ()
    assert sale(manager.tick()) == (10, None, False)


def test_what_is_unsold_when_they_end_is_protected_and_sold_by_limit_in_the_morning(manager: Manager):
    close = sold_late(manager)
    works(manager, close)
    manager.tick(is_open=False, seconds=4 * 3600)
    assert manager.end(close, OrderStatus.EXPIRED) == ()
    (again,) = manager.tick(is_open=False)
    assert isinstance(again, PlaceProtection)
    manager.rest(again)
    manager.quote(168)
    assert ticks(manager, 3) == [()] * 3
    manager.tick(is_open=False, seconds=MORNING - AFTER - 4 * 3600)
    (cancel,) = manager.quote(150)
    assert isinstance(cancel, CancelProtection)
    assert sale(manager.end(again)) == (10, D("148.5"), True)


def test_an_order_that_the_night_refused_is_followed_by_a_limit_in_the_morning(manager: Manager):
    placed = manager.protected()
    manager.tick(is_open=False, seconds=NIGHT)
    manager.sell_signal()
    (close,) = manager.end(placed)
    manager.order(close, OrderStatus.REJECTED)
    (again,) = manager.tick(is_open=False)
    manager.rest(again)
    manager.tick(is_open=False, seconds=MORNING - NIGHT)
    assert len(manager.quote(168)) == 1
    assert sale(manager.end(again)) == (10, D("166.32"), True)


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.WITHHELD])
def test_a_broker_that_refuses_such_sales_gets_one_for_the_opening(manager: Manager, status: OrderStatus):
    close: Intent = sold_late(manager)
    for _ in range(2):
        manager.order(close, status)
        (close,) = manager.tick(is_open=False)
        assert sale((close,)) == (10, D("166.32"), True)
    manager.order(close, status)
    (close,) = manager.tick(is_open=False)
    assert sale((close,)) == (10, None, False)
    manager.order(close, OrderStatus.ACCEPTED)
    manager.quote(100)
    assert ticks(manager, 60) == [()] * 60


def test_the_next_evening_it_is_asked_again(manager: Manager):
    close: Intent = sold_late(manager)
    for _ in range(3):
        manager.order(close, OrderStatus.REJECTED)
        (close,) = manager.tick(is_open=False)
    assert manager.state.positions["SPY"].late_refusals == 3
    manager.tick()
    assert manager.state.positions["SPY"].late_refusals == 0


def told(manager: Manager) -> list[tuple[Decimal, str]]:
    return [(one.qty, one.why) for one in plans(manager.state).plans["SPY"] if one.what is What.LEAVING]


def test_the_plan_says_how_it_is_sold_and_when_again(manager: Manager):
    by_limit, at_market = (
        "is being sold at 166.32 or better, for the market is closed",
        "is sold at market at the opening",
    )
    close = sold_late(manager)
    works(manager, close)
    manager.quote(170)
    assert told(manager) == [(10, by_limit)]
    manager.tick(is_open=False, seconds=4 * 3600)
    manager.end(close, OrderStatus.EXPIRED)
    again = "its sale failed; again when the market is open"
    assert told(manager) == [(10, f"{again}, or by limit before and after the hours")]
    manager.take(
        LimitsSet(control_id="l", scope="all", limits=Limits(extended_exit_discount=D(0)), by="ann")
    )  # fmt: skip
    assert told(manager) == [(10, again)]
    manager.flatten("c1")
    assert told(manager) == [(10, at_market)]
    manager.tick()
    assert told(manager) == [(10, "is being sold, or will be once nothing is in the way")]


def test_a_restart_knows_all_of_it(manager: Manager, make_manager: Callable[[], Manager]):
    close = sold_late(manager)
    works(manager, close)
    manager.quote(166)
    ticks(manager, MISSED_TICKS - 1)
    kept = msgspec.json.decode(msgspec.json.encode(manager.state), type=State)
    replayed = make_manager()
    replayed.state = State(account="paper")
    for fact in manager.log:
        replayed.state = evolve(replayed.state, fact)
    assert kept == replayed.state == manager.state
