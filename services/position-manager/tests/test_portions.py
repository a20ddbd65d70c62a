"""What is sold before the rest: so many shares of the order, however its fills are cut."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.control import LimitsSet
from contracts.exits import CancelProtection, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal
PORTIONS = st.sampled_from(
    [("0.05:0.5",), ("0.05:0.5", "0.1:0.25"), ("0.05:0.3", "0.1:0.3", "0.15:0.3"), ("0.05:0.5", "0.1:0.5"), ("0.1:1",)]
)
FILLS = st.lists(st.decimals(D("0.1"), D(12), places=1), min_size=1, max_size=8)


def limited(manager: Manager, *scale_out: str) -> None:
    limits = Limits(scale_out=scale_out)
    manager.take(LimitsSet(control_id="l1", scope="all", limits=limits, by="ann"))


def bought(manager: Manager, *fills: Decimal | str | int, price: str = "100") -> None:
    cum = D(0)
    for qty in map(D, fills):
        cum += qty
        manager.bought(str(qty), price, cum=str(cum))


def shares(manager: Manager) -> dict[Decimal, Decimal]:
    """Sum up what is held by the gain that it is sold at."""
    found = dict[Decimal, Decimal]()
    for part in manager.state.positions["SPY"].parts:
        gain = part.target_price / part.entry_price - 1
        found[gain] = found.get(gain, D(0)) + part.qty
    return found


@pytest.mark.parametrize("fills", [(10,), (3, 3, 4), (1,) * 10, (9, 1), ("0.5",) * 20, ("9.5", "0.5")])
def test_half_of_an_order_and_a_quarter_of_it_leave_early_whatever_its_fills(
    fills: tuple[int | str, ...], manager: Manager
):
    limited(manager, "0.05:0.5", "0.1:0.25")
    bought(manager, *fills)
    assert shares(manager) == {D("0.05"): 5, D("0.1"): 2, D("0.2"): 3}


@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scale_out=PORTIONS, fills=FILLS)
def test_however_an_order_is_filled_the_same_shares_leave_early_in_the_end(
    scale_out: tuple[str, ...], fills: list[Decimal], make_manager: Callable[[], Manager]
):
    whole, parted = make_manager(), make_manager()
    for manager, cuts in ((whole, [sum(fills, D(0))]), (parted, fills)):
        limited(manager, *scale_out)
        bought(manager, *cuts)
    assert shares(whole) == shares(parted)
    for gain, share in Limits(scale_out=scale_out).portions:
        early = shares(parted).get(gain, D(0))
        assert early == (sum(fills, D(0)) * share).to_integral_value(ROUND_FLOOR)


def test_each_order_has_portions_of_its_own(manager: Manager):
    limited(manager, "0.05:0.5")
    manager.bought("1", "100", order="e1")
    manager.bought("1", "100", order="e2")
    assert shares(manager) == {D("0.2"): 2}


def test_shares_that_a_later_fill_is_too_small_for_get_their_target_from_one_before(manager: Manager):
    limited(manager, "0.05:0.5", "0.1:0.25")
    bought(manager, 3)
    placed = [intent for intent in manager.wanted if isinstance(intent, PlaceProtection)]
    for one in placed:
        manager.rest(one)
    manager.tick()
    (_, rest) = placed
    assert (rest.qty, rest.target_price) == (2, 120)
    again, first = manager.bought("1", "100", cum="4")
    assert isinstance(again, CancelProtection)
    assert isinstance(first, PlaceProtection)
    assert (again.client_order_id, again.reason) == (rest.exit_id, ExitReason.REMAINDER)
    assert (first.qty, first.target_price, first.reason) == (1, 110, ExitReason.REMAINDER)
    later = [one for one in manager.end(rest, OrderStatus.CANCELED) if isinstance(one, PlaceProtection)]
    assert sorted((one.target_price, one.qty, one.reason) for one in later if one.target_price) == [
        (105, 1, ExitReason.ENTRY_FILLED), (120, 1, ExitReason.REMAINDER),
    ]  # fmt: skip


def test_shares_that_are_being_sold_make_up_for_nothing(manager: Manager):
    limited(manager, "0.05:0.5", "0.1:0.25")
    bought(manager, 3)
    manager.sell_signal()
    manager.bought("1", "100", cum="4")
    assert shares(manager) == {D("0.05"): 2, D("0.2"): 2}
