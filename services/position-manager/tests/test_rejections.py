"""Protection that the broker rejects: asked for again, less and less often, or sold where the price is beyond it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from contracts.exits import ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.values import derived_id

if TYPE_CHECKING:
    from .conftest import Manager


def test_a_rejected_protection_is_tried_again_while_the_price_is_above_its_stop(manager: Manager):
    (placed,) = manager.bought()
    manager.quote(165)
    assert manager.end(placed, OrderStatus.REJECTED) == ()
    (again,) = manager.tick()
    assert isinstance(again, PlaceProtection)
    assert again.reason is ExitReason.PROTECTION_REJECTED


def test_a_stop_that_was_taken_at_last_is_left_to_do_its_work(manager: Manager):
    (placed,) = manager.bought()
    manager.quote(165)
    manager.end(placed, OrderStatus.REJECTED)
    (again,) = manager.tick()
    manager.rest(again)
    assert manager.quote(160) == ()


def test_after_a_stop_that_rested_a_rejected_one_is_tried_again_at_once(manager: Manager):
    (placed,) = manager.bought()
    for _ in range(6):
        manager.end(placed, OrderStatus.REJECTED)
        while not (asked := manager.tick()):
            pass
        (placed,) = asked
    manager.rest(placed)
    manager.tick()
    (placed,) = manager.end(placed)
    manager.end(placed, OrderStatus.REJECTED)
    assert len(manager.tick()) == 1


def test_what_was_quoted_before_a_fill_does_not_judge_its_shares(manager: Manager):
    manager.protected()
    manager.quote(140)
    placed = next(one for one in manager.bought(price="150", order="e2") if isinstance(one, PlaceProtection))
    assert manager.end(placed, OrderStatus.REJECTED) == ()


def test_a_broker_that_goes_on_rejecting_is_asked_less_and_less_often(manager: Manager):
    (placed,) = manager.bought()
    waits = list[int]()
    for _ in range(12):
        manager.end(placed, OrderStatus.REJECTED)
        wait = 1
        while not (asked := manager.tick()):
            wait += 1
        waits.append(wait)
        (placed,) = asked
    assert waits == [1, 1, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


@pytest.mark.parametrize(("bid", "last"), [(160.08, 0.0), (120.0, 0.0), (0.0, 160.0)])
def test_a_rejected_protection_closes_at_market_when_the_price_is_beyond_its_stop(
    manager: Manager, bid: float, last: float
):
    (placed,) = manager.bought()
    manager.quote(bid, last)
    (close,) = manager.end(placed, OrderStatus.REJECTED)
    assert close == ClosePosition(
        exit_id=derived_id(derived_id("e1-10", "protect"), 1), account="paper", symbol="SPY", qty=Decimal(10),
        reason=ExitReason.PROTECTION_REJECTED, cause_id="e1-10", at=manager.at,
    )  # fmt: skip


def test_what_was_filled_beyond_its_target_is_sold_when_the_broker_takes_no_stop_above_a_target(manager: Manager):
    manager.approved("e1", None, "150")
    (placed,) = manager.bought()
    manager.quote(168.4)
    (close,) = manager.end(placed, OrderStatus.REJECTED)
    assert isinstance(close, ClosePosition)
    assert close.reason is ExitReason.PROTECTION_REJECTED
