"""Entries that still work give way to exits, which many brokers would refuse beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.values import derived_id

if TYPE_CHECKING:
    from .conftest import Manager


def give_way(manager: Manager, reason: ExitReason, order: str = "e1", nth: int = 0) -> CancelProtection:
    return CancelProtection(
        exit_id=derived_id(order, "give way", nth), account="paper", symbol="SPY", client_order_id=order,
        reason=reason, at=manager.at,
    )  # fmt: skip


def partly_bought(manager: Manager, qty: str = "4") -> PlaceProtection:
    """Let the first part of an entry for ten shares be filled and protected."""
    manager.entry(OrderStatus.NEW)
    (placed,) = manager.bought(qty)
    assert isinstance(placed, PlaceProtection)
    manager.entry(OrderStatus.PARTIALLY_FILLED, qty)
    manager.rest(placed)
    return placed


def test_the_rest_of_an_entry_ends_before_the_protection_is_taken_back_and_the_shares_are_sold(manager: Manager):
    placed = partly_bought(manager)
    assert manager.sell_signal() == (give_way(manager, ExitReason.SIGNAL),)
    assert manager.entry(OrderStatus.PENDING_CANCEL, "4") == ()
    (cancel,) = manager.entry(OrderStatus.CANCELED, "4")
    assert isinstance(cancel, CancelProtection)
    assert cancel.client_order_id == placed.exit_id
    (close,) = manager.end(placed)
    assert isinstance(close, ClosePosition)
    assert close.qty == 4


def test_shares_that_come_meanwhile_leave_with_the_others_once_a_signal_asks_again(manager: Manager):
    partly_bought(manager)
    manager.sell_signal()
    (second,) = manager.bought("6", cum="10")
    assert isinstance(second, PlaceProtection)
    (cancel,) = manager.entry(OrderStatus.FILLED, "10")
    assert isinstance(cancel, CancelProtection)
    manager.rest(second)
    (cancel,) = manager.sell_signal(approval="x2")
    assert isinstance(cancel, CancelProtection)
    assert cancel.client_order_id == second.exit_id


def test_an_entry_that_does_not_end_is_not_waited_for_for_ever_and_asked_to_end_again(manager: Manager):
    placed = partly_bought(manager)
    manager.sell_signal()
    for _ in range(14):
        assert manager.tick() == ()
    again, cancel = manager.tick()
    assert again == give_way(manager, ExitReason.SIGNAL, nth=1)
    assert isinstance(cancel, CancelProtection)
    assert cancel.client_order_id == placed.exit_id
    (close,) = manager.end(placed)
    assert isinstance(close, ClosePosition)


def test_an_entry_beside_which_a_stop_was_refused_ends_and_the_stop_is_placed_at_once(manager: Manager):
    manager.entry(OrderStatus.NEW, order="e2")
    (placed,) = manager.bought("0.5")
    assert isinstance(placed, PlaceProtection)
    assert manager.order(placed, OrderStatus.REJECTED) == (give_way(manager, ExitReason.PROTECTION_REJECTED, "e2"),)
    (again,) = manager.entry(OrderStatus.CANCELED, order="e2")
    assert isinstance(again, PlaceProtection)
    assert again.qty == placed.qty


def test_an_entry_works_on_while_nothing_is_in_its_way(manager: Manager):
    partly_bought(manager)
    assert manager.tick() == ()
    (second,) = manager.bought("6", cum="10")
    assert isinstance(second, PlaceProtection)


def test_nothing_is_remembered_of_an_entry_that_has_ended_without_a_fill(manager: Manager):
    manager.entry(OrderStatus.NEW)
    assert list(manager.quantities()) == ["SPY"]
    manager.entry(OrderStatus.CANCELED)
    assert manager.quantities() == {}


def test_an_entry_that_the_broker_may_not_have_is_not_taken_back(manager: Manager):
    manager.protected()
    manager.entry(OrderStatus.UNKNOWN, order="e2")
    (cancel,) = manager.flatten("c1")
    assert isinstance(cancel, CancelProtection)
    assert cancel.client_order_id != "e2"


def test_an_entry_is_let_work_while_a_refused_stop_is_asked_for_again(manager: Manager):
    (placed,) = manager.bought()
    manager.quote(165)
    manager.end(placed, OrderStatus.REJECTED)
    assert len(manager.tick()) == 1
    assert manager.entry(OrderStatus.NEW, order="e2") == ()
