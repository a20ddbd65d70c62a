"""The broker's own count: shares that somebody else sold, and what proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contracts.exits import CancelProtection, PlaceProtection

if TYPE_CHECKING:
    from .conftest import Manager


def test_shares_that_somebody_else_sold_are_given_up_after_two_snapshots(manager: Manager):
    placed = manager.protected()
    assert manager.snapshot("6") == ()
    (cancel,) = manager.snapshot("6")
    assert isinstance(cancel, CancelProtection)
    assert cancel.client_order_id == placed.exit_id
    (again,) = manager.end(placed)
    assert isinstance(again, PlaceProtection)
    assert again.qty == 6


def test_a_position_that_the_broker_no_longer_has_is_forgotten(manager: Manager):
    placed = manager.protected()
    manager.snapshot("0")
    assert len(manager.snapshot("0")) == 1
    assert manager.end(placed) == ()
    assert manager.quantities() == {"SPY": (0, 0)}


@pytest.mark.parametrize("first", ["10", "8", "15"])
def test_one_snapshot_alone_gives_nothing_up(manager: Manager, first: str):
    manager.protected()
    manager.snapshot(first)
    assert manager.snapshot("6") == ()
    assert manager.quantities() == {"SPY": (10, 10)}


def test_a_sale_between_two_snapshots_starts_the_count_anew(manager: Manager):
    placed = manager.protected()
    manager.snapshot("6")
    manager.sold(placed, "4", "4")
    assert manager.snapshot("2") == ()
    assert manager.quantities() == {"SPY": (6, 6)}


def test_a_late_fill_explains_what_two_snapshots_lacked(manager: Manager):
    placed = manager.protected()
    (again,) = manager.end(placed)
    manager.rest(again)
    manager.snapshot("6")
    manager.snapshot("6")
    assert manager.quantities()["SPY"][0] == 6
    manager.sold(placed, "4", "4")
    assert manager.quantities()["SPY"][0] == 6


def test_a_snapshot_while_a_close_is_working_proves_nothing(manager: Manager):
    placed = manager.protected()
    manager.sell_signal()
    manager.end(placed)
    assert [manager.snapshot("0"), manager.snapshot("0")] == [(), ()]
    assert manager.quantities() == {"SPY": (10, 10)}


def test_positions_that_only_the_broker_knows_are_left_alone(manager: Manager):
    assert [manager.snapshot("50"), manager.snapshot("50")] == [(), ()]
    assert manager.state.positions == {}
