"""Where stops and targets are: by limits and by signals, for all shares or for parts of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from contracts.control import LimitsSet
from contracts.exits import PlaceProtection
from contracts.limits import Limits

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal


def limited(manager: Manager, limits: Limits) -> None:
    manager.take(LimitsSet(control_id="l1", scope="all", limits=limits, by="ann"))


@pytest.mark.parametrize(
    ("qty", "scale_out", "expected"),
    [
        ("10", ("0.05:0.5", "0.1:0.25"), [("5", "105"), ("2", "110"), ("3", "120")]),
        ("10", ("0.05:1",), [("10", "105")]),
        ("1", ("0.05:0.5",), [("1", "120")]),
        ("2.5", ("0.05:0.5",), [("1", "105"), ("1", "120"), ("0.5", None)]),
        ("10", (), [("10", "120")]),
    ],
)
def test_parts_of_what_was_bought_have_targets_of_their_own(
    qty: str, scale_out: tuple[str, ...], expected: list[tuple[str, str | None]], manager: Manager
):
    limited(manager, Limits(scale_out=scale_out))
    placed = [intent for intent in manager.bought(qty, "100") if isinstance(intent, PlaceProtection)]
    targets = [(one.qty, one.target_price) for one in placed]
    assert targets == [(D(shares), None if target is None else D(target)) for shares, target in expected]
    assert {one.stop_price for one in placed} == {D(95)}


def test_a_target_that_the_signal_names_is_for_all_shares(manager: Manager):
    limited(manager, Limits(scale_out=("0.05:0.5",)))
    manager.approved("e1", None, "130")
    (placed,) = manager.bought("10", "100")
    assert isinstance(placed, PlaceProtection)
    assert (placed.qty, placed.target_price) == (10, 130)


@pytest.mark.parametrize(
    ("dollars", "stop"), [("0", "95"), ("2", "98"), ("99.99", "0.01"), ("100", "95"), ("150", "95")]
)
def test_a_stop_may_be_dollars_below_the_entry(dollars: str, stop: str, manager: Manager):
    limited(manager, Limits(stop_dollars=D(dollars)))
    (placed,) = manager.bought("1", "100")
    assert isinstance(placed, PlaceProtection)
    assert placed.stop_price == D(stop)
