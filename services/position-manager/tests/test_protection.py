"""From the entry fill to resting protection, and what becomes of it when it is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from contracts.control import ExitPolicy, ExitPolicySet
from contracts.exits import CancelProtection, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.orders import Purpose
from contracts.values import TimeInForce, derived_id
from position_manager.state import KEEP_LEVELS

if TYPE_CHECKING:
    from .conftest import Manager


def test_whole_shares_get_a_stop_five_percent_below_and_a_target_twenty_percent_above_their_price(manager: Manager):
    assert manager.bought("10", "168.50") == (
        PlaceProtection(
            exit_id=derived_id("e1-10", "protect"), account="paper", symbol="SPY", qty=Decimal(10),
            stop_price=Decimal("160.08"), target_price=Decimal("202.20"), time_in_force=TimeInForce.GTC,
            reason=ExitReason.ENTRY_FILLED, execution_id="e1-10", at=manager.at,
            why="one group of stop and target, good till canceled: whole shares",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "target", "levels"),
    [
        (None, None, ("160.08", "202.20")),
        ("165.005", None, ("165.01", "202.20")),
        (None, "180", ("160.08", "180.00")),
        ("165", "180", ("165.00", "180.00")),
    ],
)
def test_where_its_signal_says_so_a_position_is_left_there_and_not_at_the_policy_s_levels(
    stop: str | None, target: str | None, levels: tuple[str, str], manager: Manager
):
    manager.approved("e1", stop, target)
    (placed,) = manager.bought("10", "168.50")
    assert isinstance(placed, PlaceProtection)
    assert (placed.stop_price, placed.target_price) == tuple(map(Decimal, levels))
    (other,) = manager.bought("5", "168.50", order="e2")
    assert isinstance(other, PlaceProtection)
    assert (other.stop_price, other.target_price) == (Decimal("160.08"), Decimal("202.20"))


def test_levels_of_more_approvals_than_can_be_on_their_way_are_not_remembered(manager: Manager):
    manager.approved("quiet", None, None)
    for number in range(KEEP_LEVELS + 1):
        manager.approved(f"e{number}", "160", None)
    assert list(manager.state.levels) == [f"e{number}" for number in range(1, KEEP_LEVELS + 1)]


def test_a_fraction_gets_a_plain_day_stop(manager: Manager):
    assert manager.bought("0.25", "168.50") == (
        PlaceProtection(
            exit_id=derived_id("e1-0_25", "protect"), account="paper", symbol="SPY", qty=Decimal("0.25"),
            stop_price=Decimal("160.08"), target_price=None, time_in_force=TimeInForce.DAY,
            reason=ExitReason.ENTRY_FILLED, execution_id="e1-0_25", at=manager.at,
            why="a plain day order: the broker takes fractions in no other",
        ),
    )  # fmt: skip


def test_the_fraction_beside_whole_shares_is_protected_by_itself(manager: Manager):
    whole, rest = manager.bought("2.5")
    assert isinstance(whole, PlaceProtection)
    assert isinstance(rest, PlaceProtection)
    assert (whole.qty, whole.target_price, whole.time_in_force) == (2, Decimal("202.20"), TimeInForce.GTC)
    assert (rest.qty, rest.target_price, rest.time_in_force) == (Decimal("0.5"), None, TimeInForce.DAY)
    assert whole.exit_id == derived_id("e1-2_5", "protect")
    assert whole.exit_id != rest.exit_id
    assert whole.execution_id == rest.execution_id == "e1-2_5"


@pytest.mark.parametrize(
    ("price", "stop", "target"),
    [
        ("100.00", "95.00", "120.00"),
        ("168.50", "160.08", "202.20"),
        ("33.37", "31.70", "40.04"),
        ("1.02", "0.9690", "1.22"),
        ("0.5123", "0.4867", "0.6148"),
    ],
)
def test_levels_lie_on_the_price_grid(manager: Manager, price: str, stop: str, target: str):
    (placed,) = manager.bought("1", price)
    assert isinstance(placed, PlaceProtection)
    assert (placed.stop_price, placed.target_price) == (Decimal(stop), Decimal(target))


def test_a_new_policy_holds_for_later_fills_and_leaves_resting_orders_alone(manager: Manager):
    manager.bought("1", "100", order="e1")
    policy = ExitPolicy(stop_fraction=Decimal("0.02"), target_fraction=Decimal("0.10"))
    assert manager.take(ExitPolicySet(control_id="c1", scope="all", policy=policy, by="me")) == ()
    (placed,) = manager.bought("1", "100", order="e2")
    assert isinstance(placed, PlaceProtection)
    assert (placed.stop_price, placed.target_price) == (Decimal(98), Decimal(110))


def test_the_policy_of_another_account_is_not_ours(manager: Manager):
    policy = ExitPolicy(stop_fraction=Decimal("0.02"), target_fraction=Decimal("0.10"))
    for scope, stop in (("growth", 95), ("paper", 98)):
        manager.take(ExitPolicySet(control_id=scope, scope=scope, policy=policy, by="me"))
        (placed,) = manager.bought("1", "100", order=scope)
        assert isinstance(placed, PlaceProtection)
        assert placed.stop_price == Decimal(stop)


def test_protection_grows_with_partial_fills(manager: Manager):
    manager.bought("3", cum="3")
    (second,) = manager.bought("7", cum="10")
    assert isinstance(second, PlaceProtection)
    assert second.qty == 7
    assert manager.quantities() == {"SPY": (10, 10)}


def test_protection_that_somebody_took_away_is_placed_again_with_another_id(manager: Manager):
    (placed,) = manager.bought()
    manager.rest(placed)
    manager.tick()
    (again,) = manager.end(placed)
    assert isinstance(again, PlaceProtection)
    assert (again.qty, again.reason) == (10, ExitReason.PROTECTION_LOST)
    assert again.exit_id == derived_id(derived_id("e1-10", "protect"), 1)


def test_protection_is_not_placed_twice_within_a_tick(manager: Manager):
    (placed,) = manager.bought()
    manager.rest(placed)
    assert manager.end(placed) == ()
    (again,) = manager.tick()
    assert isinstance(again, PlaceProtection)


@pytest.mark.parametrize("qty", ["0.5", "10"])
def test_what_expired_is_renewed_at_the_next_tick(qty: str, manager: Manager):
    (placed,) = manager.bought(qty)
    manager.rest(placed)
    manager.tick()
    assert manager.end(placed, OrderStatus.EXPIRED) == ()
    (again,) = manager.tick(is_open=False)
    assert isinstance(again, PlaceProtection)
    assert (again.qty, again.reason) == (Decimal(qty), ExitReason.PROTECTION_LOST)


def test_what_a_lost_protection_had_sold_is_not_protected_again(manager: Manager):
    (placed,) = manager.bought()
    manager.rest(placed)
    manager.tick()
    manager.order(placed, OrderStatus.PARTIALLY_FILLED, "4")
    (again,) = manager.end(placed, OrderStatus.CANCELED, "4")
    assert isinstance(again, PlaceProtection)
    assert again.qty == 6


def test_a_group_counts_once_and_ends_with_both_its_orders(manager: Manager):
    (placed,) = manager.bought()
    manager.rest(placed)
    manager.tick()
    assert manager.order(placed, OrderStatus.CANCELED) == ()
    (again,) = manager.order(placed, OrderStatus.CANCELED, leg=True)
    assert isinstance(again, PlaceProtection)


def test_a_group_whose_stop_was_never_told_of_is_believed_in_for_a_minute_and_a_half(manager: Manager):
    (placed,) = manager.bought()
    manager.order(placed, OrderStatus.NEW)
    manager.order(placed, OrderStatus.CANCELED)
    assert [manager.tick() for _ in range(89)] == [()] * 89
    assert len(manager.tick()) == 1


def test_the_stop_leg_closes_the_position(manager: Manager):
    (placed,) = manager.bought()
    manager.rest(placed)
    assert manager.order(placed, OrderStatus.FILLED, "10", leg=True) == ()
    assert manager.sold(placed, "10", "10", leg=True) == ()
    assert manager.end(placed) == ()
    assert manager.quantities() == {"SPY": (0, 0)}


def test_an_order_in_doubt_is_not_doubled(manager: Manager):
    (placed,) = manager.bought()
    assert manager.order(placed, OrderStatus.SUBMITTING) == ()
    assert manager.order(placed, OrderStatus.UNKNOWN) == ()
    assert [manager.tick() for _ in range(200)] == [()] * 200


def test_a_fill_that_is_told_of_after_a_later_count_sells_nothing_twice(manager: Manager):
    placed = manager.protected()
    manager.order(placed, OrderStatus.PARTIALLY_FILLED, "6")
    manager.sold(placed, "4", "4")
    assert manager.quantities()["SPY"] == (4, 4)
    manager.sold(placed, "3", "7")
    assert manager.quantities()["SPY"] == (3, 3)


def test_an_order_that_has_ended_sells_no_more_whatever_is_told_of_a_late_fill(manager: Manager):
    first = manager.protected()
    (second,) = manager.end(first)
    manager.rest(second)
    manager.order(first, OrderStatus.PARTIALLY_FILLED, "4")
    assert manager.quantities()["SPY"] == (6, 10)


def test_a_count_of_the_broker_proves_nothing_while_a_sale_works(manager: Manager):
    placed = manager.protected()
    manager.sell_signal()
    (close,) = manager.end(placed)
    manager.order(close, OrderStatus.NEW)
    for _ in range(3):
        manager.snapshot("4")
    assert manager.quantities()["SPY"] == (10, 10)


def test_a_late_fill_of_a_canceled_protection_shrinks_the_one_that_took_its_place(manager: Manager):
    (first,) = manager.bought()
    manager.rest(first)
    manager.tick()
    (second,) = manager.end(first)
    manager.rest(second)
    manager.tick()
    (cancel,) = manager.sold(first, "4", "4")
    assert isinstance(cancel, CancelProtection)
    assert isinstance(second, PlaceProtection)
    assert (cancel.client_order_id, cancel.reason) == (second.exit_id, ExitReason.REMAINDER)
    (third,) = manager.end(second)
    assert isinstance(third, PlaceProtection)
    assert (third.qty, third.reason) == (6, ExitReason.REMAINDER)


def test_fills_of_exits_and_of_other_peoples_orders_are_not_protected(manager: Manager):
    assert manager.sold_elsewhere("5", Purpose.EXTERNAL) == ()
    assert manager.state.positions == {}
