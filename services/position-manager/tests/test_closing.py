"""Ways out: signals, watched targets, time, and closes that fail."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.values import derived_id
from position_manager.state import State

if TYPE_CHECKING:
    from position_manager.plan import Intent

    from .conftest import Manager


def close_of(intents: tuple[Intent, ...]) -> tuple[Decimal, ExitReason, str]:
    (close,) = intents
    assert isinstance(close, ClosePosition)
    return (close.qty, close.reason, close.cause_id)


def test_a_signal_takes_the_protection_back_waits_until_it_has_ended_and_then_closes(manager: Manager):
    placed = manager.protected()
    assert manager.sell_signal() == (
        CancelProtection(
            exit_id=derived_id(placed.exit_id, "cancel", 0), account="paper", symbol="SPY",
            client_order_id=placed.exit_id, reason=ExitReason.SIGNAL, at=manager.at,
        ),
    )  # fmt: skip
    assert manager.order(placed, OrderStatus.PENDING_CANCEL) == ()
    assert manager.order(placed, OrderStatus.CANCELED) == ()
    assert manager.order(placed, OrderStatus.CANCELED, leg=True) == (
        ClosePosition(
            exit_id=derived_id(placed.exit_id, 1), account="paper", symbol="SPY", qty=Decimal(10),
            reason=ExitReason.SIGNAL, cause_id="x1", at=manager.at,
        ),
    )  # fmt: skip


def test_all_protections_of_the_symbol_end_before_one_order_closes_it(manager: Manager):
    first, second = manager.protected("3", "e1"), manager.protected("4", "e2")
    assert len(manager.sell_signal()) == 2
    assert manager.end(first) == ()
    assert close_of(manager.end(second)) == (7, ExitReason.SIGNAL, "x1")


def test_with_nothing_resting_the_close_goes_out_at_once(manager: Manager):
    placed = manager.protected()
    manager.end(placed, OrderStatus.EXPIRED)
    assert close_of(manager.sell_signal()) == (10, ExitReason.SIGNAL, "x1")


def test_what_a_protection_sells_while_it_is_taken_back_is_not_sold_again(manager: Manager):
    placed = manager.protected()
    manager.sell_signal()
    manager.sold(placed, "4", "4")
    assert close_of(manager.end(placed, OrderStatus.CANCELED, "4")) == (6, ExitReason.SIGNAL, "x1")


def test_a_protection_that_fills_while_it_is_taken_back_leaves_nothing_to_close(manager: Manager):
    placed = manager.protected()
    manager.sell_signal()
    assert manager.order(placed, OrderStatus.FILLED, "10", leg=True) == ()
    assert manager.order(placed, OrderStatus.CANCELED) == ()
    assert manager.quantities() == {"SPY": (0, 0)}


def test_an_order_in_doubt_is_neither_taken_back_nor_sold_beside(manager: Manager):
    (placed,) = manager.bought()
    manager.order(placed, OrderStatus.UNKNOWN)
    assert manager.sell_signal() == ()
    (cancel,) = manager.order(placed, OrderStatus.NEW)
    assert isinstance(cancel, CancelProtection)


def test_an_unknown_order_does_not_hold_up_the_sale_of_the_rest(manager: Manager):
    known = manager.protected("3", "e1")
    (doubtful,) = manager.bought("4", order="e2")
    manager.order(doubtful, OrderStatus.UNKNOWN)
    assert len(manager.sell_signal()) == 1
    assert close_of(manager.end(known)) == (3, ExitReason.SIGNAL, "x1")
    assert close_of(manager.end(doubtful, OrderStatus.REJECTED)) == (4, ExitReason.SIGNAL, "x1")


def test_a_signal_for_some_shares_sells_those_and_protects_the_rest_anew(manager: Manager):
    placed = manager.protected()
    manager.sell_signal("4")
    close, rest = sorted(manager.end(placed), key=lambda intent: type(intent).__name__)
    assert isinstance(close, ClosePosition)
    assert isinstance(rest, PlaceProtection)
    assert (close.qty, rest.qty, rest.reason) == (4, 6, ExitReason.REMAINDER)


def test_a_signal_for_some_shares_leaves_the_protection_of_others_in_place(manager: Manager):
    first = manager.protected("3", "e1")
    manager.protected("4", "e2")
    (cancel,) = manager.sell_signal("2")
    assert isinstance(cancel, CancelProtection)
    assert cancel.client_order_id == first.exit_id


def test_a_part_of_a_share_sold_by_signal_leaves_whole_shares_and_a_fraction(manager: Manager):
    placed = manager.protected()
    manager.sell_signal("0.5")
    intents = manager.end(placed)
    assert sorted(i.qty for i in intents if isinstance(i, PlaceProtection)) == [Decimal("0.5"), 9]


def test_a_second_signal_does_not_close_twice(manager: Manager):
    placed = manager.protected()
    manager.sell_signal(approval="x1")
    assert manager.sell_signal(approval="x2") == ()
    assert close_of(manager.end(placed)) == (10, ExitReason.SIGNAL, "x1")
    assert manager.sell_signal(approval="x3") == ()


def test_a_signal_for_a_symbol_that_is_not_held_changes_nothing(manager: Manager):
    assert manager.sell_signal() == ()
    assert manager.state.positions == {}


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_a_close_that_ends_unfilled_is_tried_again_at_the_next_tick(manager: Manager, status: OrderStatus):
    placed = manager.protected()
    manager.sell_signal()
    (close,) = manager.end(placed)
    manager.order(close, OrderStatus.PARTIALLY_FILLED, "3")
    assert manager.order(close, status, "3") == ()
    assert close_of(manager.tick()) == (7, ExitReason.REMAINDER, "x1")


def test_a_close_that_fails_while_the_market_is_closed_is_protected_until_it_opens(manager: Manager):
    placed = manager.protected()
    manager.sell_signal()
    (close,) = manager.end(placed)
    manager.tick(is_open=False)
    manager.order(close, OrderStatus.REJECTED)
    (again,) = manager.tick(is_open=False)
    assert isinstance(again, PlaceProtection)
    manager.rest(again)
    assert manager.tick(is_open=False) == ()
    (cancel,) = manager.tick(is_open=True)
    assert isinstance(cancel, CancelProtection)
    assert close_of(manager.end(again)) == (10, ExitReason.REMAINDER, "x1")


def test_a_cancel_that_leads_to_nothing_is_asked_for_again(manager: Manager):
    manager.protected()
    (first,) = manager.sell_signal()
    assert [manager.tick() for _ in range(14)] == [()] * 14
    (second,) = manager.tick()
    assert isinstance(first, CancelProtection)
    assert isinstance(second, CancelProtection)
    assert first.exit_id != second.exit_id
    assert first.client_order_id == second.client_order_id


def test_the_target_of_a_fraction_is_watched(manager: Manager):
    placed = manager.protected("0.5")
    assert manager.quote(202.19) == ()
    (cancel,) = manager.quote(202.20)
    assert isinstance(cancel, CancelProtection)
    assert (cancel.client_order_id, cancel.reason) == (placed.exit_id, ExitReason.TARGET)
    manager.quote(190)
    assert close_of(manager.end(placed)) == (Decimal("0.5"), ExitReason.TARGET, "e1-0_5")


def test_the_target_of_whole_shares_rests_at_the_broker_and_is_not_watched(manager: Manager):
    manager.protected()
    assert manager.quote(250) == ()


def test_no_watched_target_is_reached_while_the_market_is_closed(manager: Manager):
    manager.protected("0.5")
    manager.tick(is_open=False)
    assert manager.quote(250) == ()
    assert len(manager.tick(is_open=True)) == 1


def test_without_a_bid_the_last_trade_reaches_the_target(manager: Manager):
    manager.protected("0.5")
    assert manager.quote(0, last=202.19) == ()
    assert len(manager.quote(0, last=202.20)) == 1


def test_a_position_is_left_after_seven_days(manager: Manager):
    placed = manager.protected()
    week = timedelta(days=7).total_seconds()
    assert manager.tick(seconds=week - 1) == ()
    assert manager.tick(seconds=1, is_open=False) == ()
    (cancel,) = manager.tick(seconds=1)
    assert isinstance(cancel, CancelProtection)
    assert cancel.reason is ExitReason.TIME_STOP
    assert close_of(manager.end(placed)) == (10, ExitReason.TIME_STOP, "e1-10")


def test_time_counts_from_the_first_fill_since_the_position_was_flat(manager: Manager):
    first = manager.protected()
    manager.tick(seconds=timedelta(days=6).total_seconds())
    manager.order(first, OrderStatus.FILLED, "10")
    manager.protected(order="e2")
    assert manager.tick(seconds=timedelta(days=6).total_seconds()) == ()


def test_nothing_is_remembered_of_a_position_that_is_gone(manager: Manager):
    for number in range(3):
        placed = manager.protected(order=f"e{number}")
        manager.sell_signal(approval=f"x{number}")
        (close,) = manager.end(placed)
        manager.order(close, OrderStatus.FILLED, "10")
    for _ in range(200):
        manager.tick()
    assert manager.state == State(account="paper", market=manager.state.market, coverage_n=manager.state.coverage_n)
