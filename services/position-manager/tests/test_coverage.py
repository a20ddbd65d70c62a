"""Shares without protection: from the fill to the broker's word that an order rests, in market seconds times shares."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from contracts.exits import PlaceProtection
from contracts.lifecycle import OrderStatus
from position_manager.core import decide, evolve
from position_manager.state import State

if TYPE_CHECKING:
    from .conftest import Manager


def told(manager: Manager) -> list[tuple[str, int, int, float]]:
    """Give execution, uncovered, the most, and share seconds of each fact."""
    return [(c.execution_id, int(c.uncovered), int(c.most), c.share_seconds) for c in manager.coverage]


def later(manager: Manager, seconds: float) -> None:
    manager.at += timedelta(seconds=seconds)


def test_from_the_fill_to_the_brokers_word_its_shares_are_without_protection(manager: Manager):
    (placed,) = manager.bought("10")
    assert told(manager) == [("e1-10", 10, 10, 0)]
    later(manager, 0.2)
    manager.order(placed, OrderStatus.SUBMITTING)
    manager.order(placed, OrderStatus.UNKNOWN)
    assert len(told(manager)) == 1, "nobody knows whether it rests"
    later(manager, 0.3)
    manager.order(placed, OrderStatus.NEW)
    assert told(manager)[1:] == [("e1-10", 0, 10, 5.0)]
    assert manager.state.gaps == {}


def test_what_is_covered_part_by_part_counts_part_by_part(manager: Manager):
    whole, fraction = manager.bought("2.5")
    later(manager, 1)
    manager.order(whole, OrderStatus.NEW)
    later(manager, 2)
    manager.order(fraction, OrderStatus.NEW)
    assert [(str(c.uncovered), str(c.most), c.share_seconds) for c in manager.coverage] == [
        ("2.5", "2.5", 0.0), ("0.5", "2.5", 2.5), ("0", "2.5", 3.5),
    ]  # fmt: skip


def test_between_the_end_of_its_protection_and_its_sale_a_share_has_none(manager: Manager):
    placed = manager.protected()
    manager.sell_signal()
    later(manager, 1)
    (close,) = manager.end(placed)
    later(manager, 0.5)
    manager.order(close, OrderStatus.NEW)
    assert told(manager)[2:] == [("e1-10", 10, 10, 0), ("e1-10", 0, 10, 5.0)]


def test_a_fill_that_is_sold_before_its_protection_is_known_ends_it_too(manager: Manager):
    (placed,) = manager.bought("10")
    later(manager, 2)
    manager.sold(placed, "10", "10")
    assert told(manager)[-1] == ("e1-10", 0, 10, 20.0)


def test_two_fills_of_one_symbol_count_each_for_itself(manager: Manager):
    manager.protected("3", "e1")
    (second,) = manager.bought("4", order="e2")
    later(manager, 1)
    manager.order(second, OrderStatus.NEW)
    assert told(manager)[2:] == [("e2-4", 4, 4, 0), ("e2-4", 0, 4, 4.0)]
    assert [c.n for c in manager.coverage] == [1, 2, 3, 4]


def test_shares_that_somebody_else_sold_need_no_protection_any_more(manager: Manager):
    (placed,) = manager.bought("10")
    manager.order(placed, OrderStatus.REJECTED)
    later(manager, 1)
    manager.snapshot("0")
    manager.snapshot("0")
    assert told(manager)[-1] == ("e1-10", 0, 10, 10.0)


def test_a_brokers_clock_that_runs_behind_takes_nothing_off(manager: Manager):
    (placed,) = manager.bought("10")
    later(manager, -5)
    manager.order(placed, OrderStatus.NEW)
    assert told(manager)[-1] == ("e1-10", 0, 10, 0)


def test_quotes_tell_nothing_and_silence_is_not_repeated(manager: Manager):
    manager.bought("10")
    for _ in range(3):
        manager.quote(168)
        manager.tick()
    assert len(manager.coverage) == 1


def test_the_log_alone_gives_the_same_state_and_the_next_number(manager: Manager):
    placed = manager.protected()
    manager.bought("4", order="e2")
    state = State(account="paper")
    for fact in manager.log:
        state = evolve(state, fact)
    assert state == manager.state == msgspec.json.decode(msgspec.json.encode(manager.state), type=State)
    assert isinstance(placed, PlaceProtection)
    assert state.coverage_n == 3
    assert state.gaps["SPY"]["e2-4"].qty == Decimal(4)
    assert decide(state, manager.told[0]) == (), "a tick tells nothing new"
