"""Exits that come with their entry: they protect once it is complete, and what they do not protect is protected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus as S
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce
from position_manager.book.groups import ALONE, CUT_SHORT
from position_manager.book.order import KEEP_TICKS, LEG_TICKS
from position_manager.core import evolve
from position_manager.outlook import outlook
from position_manager.plan import Intent
from position_manager.state import KEEP_LEVELS, State

if TYPE_CHECKING:
    from .conftest import Manager

STOP, TARGET = "160.00", "202.00"
LEGS = ("target", "stop")


def approve(manager: Manager, order: str = "e1") -> None:
    manager.approved(order, None, None, exits=(STOP, TARGET))


def entry(
    manager: Manager, status: S, filled: str = "0", *, order: str = "e1", grouped: bool = True
) -> tuple[Intent, ...]:
    """Let the broker tell of an entry for ten shares that brings its exits."""
    return manager.take(
        OrderChanged(
            account="paper", client_order_id=order, n=len(manager.told), purpose=Purpose.ENTRY, status=status,
            symbol="SPY", side=Side.BUY, qty=Decimal(10), type=OrderType.MARKET, time_in_force=TimeInForce.GTC,
            at=manager.at, filled_qty=Decimal(filled), grouped=grouped, broker_order_id=f"b-{order}",
        )
    )  # fmt: skip


def leg(manager: Manager, name: str, status: S, filled: str = "0", *, order: str = "e1") -> tuple[Intent, ...]:
    return manager.take(
        OrderChanged(
            account="paper", client_order_id=f"{order}-{name}", n=len(manager.told), purpose=Purpose.PROTECT,
            status=status, symbol="SPY", side=Side.SELL, qty=Decimal(10),
            type=OrderType.LIMIT if name == "target" else OrderType.STOP, time_in_force=TimeInForce.GTC, at=manager.at,
            filled_qty=Decimal(filled), parent=order, grouped=True,
        )
    )  # fmt: skip


def legs(manager: Manager, status: S, *, order: str = "e1") -> tuple[Intent, ...]:
    return tuple(wanted for name in LEGS for wanted in leg(manager, name, status, order=order))


def sent(manager: Manager, order: str = "e1") -> None:
    """Let the broker take a bracket."""
    approve(manager, order)
    assert entry(manager, S.NEW, order=order) == ()
    assert legs(manager, S.HELD, order=order) == ()


def complete(manager: Manager, order: str = "e1") -> None:
    """Let a bracket's entry fill whole, and its target begin to work."""
    sent(manager, order)
    assert manager.bought("10", order=order) == ()
    assert entry(manager, S.FILLED, "10", order=order) == ()
    assert leg(manager, "target", S.NEW, order=order) == ()


def uncovered(manager: Manager) -> Decimal:
    return manager.coverage[-1].uncovered if manager.coverage else Decimal(0)


def placed(intents: tuple[Intent, ...]) -> tuple[Decimal, Decimal, str]:
    (one,) = intents
    assert isinstance(one, PlaceProtection)
    return one.qty, one.stop_price, one.why


def taken_back(intents: tuple[Intent, ...]) -> tuple[str, ExitReason]:
    (one,) = intents
    assert isinstance(one, CancelProtection)
    return one.client_order_id, one.reason


def sold(intents: tuple[Intent, ...]) -> Decimal:
    (one,) = intents
    assert isinstance(one, ClosePosition)
    return one.qty


def test_a_complete_entry_is_protected_by_the_exits_it_brought_from_its_fill_on(manager: Manager):
    complete(manager)
    assert manager.wanted == []
    (told,) = manager.coverage
    assert (told.execution_id, told.uncovered, told.most, told.share_seconds) == ("e1-10", 0, 10, 0.0)
    (part,) = manager.state.positions["SPY"].parts
    assert (part.order, str(part.stop_price), str(part.target_price)) == ("e1", STOP, TARGET)
    assert manager.quantities() == {"SPY": (10, 10)}


def test_a_part_of_an_entry_is_not_protected_until_the_rest_has_come(manager: Manager):
    sent(manager)
    manager.bought("4")
    entry(manager, S.PARTIALLY_FILLED, "4")
    assert uncovered(manager) == 4
    assert manager.bought("6", cum="10") == ()
    assert uncovered(manager) == 0


def test_the_rest_of_an_entry_is_waited_for_until_the_next_tick_and_then_taken_back(manager: Manager):
    sent(manager)
    manager.bought("4")
    assert entry(manager, S.PARTIALLY_FILLED, "4") == ()
    assert taken_back(manager.tick()) == ("e1", ExitReason.REMAINDER)
    assert [manager.tick() for _ in range(14)] == [()] * 14
    assert placed(entry(manager, S.CANCELED, "4")) == (
        4, Decimal(STOP), f"one group of stop and target, good till canceled: whole shares; {CUT_SHORT}",
    )  # fmt: skip
    assert legs(manager, S.CANCELED) == ()


def test_an_entry_that_completes_while_it_is_taken_back_keeps_its_exits(manager: Manager):
    sent(manager)
    manager.bought("4")
    entry(manager, S.PARTIALLY_FILLED, "4")
    manager.tick()
    assert entry(manager, S.PENDING_CANCEL, "4") == ()
    assert manager.bought("6", cum="10") == ()
    assert entry(manager, S.FILLED, "10") == ()
    assert leg(manager, "target", S.NEW) == ()
    assert [manager.tick() for _ in range(40)] == [()] * 40
    assert manager.quantities() == {"SPY": (10, 10)}


def test_shares_that_come_after_the_entry_was_cut_short_are_protected_for_themselves(manager: Manager):
    sent(manager)
    manager.bought("4")
    entry(manager, S.CANCELED, "4")
    assert placed(manager.bought("6", cum="10"))[:2] == (6, Decimal(STOP))


@pytest.mark.parametrize("filled_first", [False, True])
def test_where_the_broker_took_the_entry_alone_protection_follows_the_fill(manager: Manager, *, filled_first: bool):
    approve(manager)
    if filled_first:
        assert manager.bought("10") == ()
        wanted = entry(manager, S.FILLED, "10", grouped=False)
    else:
        assert entry(manager, S.NEW, grouped=False) == ()
        wanted = manager.bought("10")
        assert entry(manager, S.FILLED, "10", grouped=False) == ()
    why = "one group of stop and target, good till canceled: whole shares"
    assert placed(wanted) == (10, Decimal(STOP), f"{why}; {ALONE}" if filled_first else why)


def test_what_we_say_of_an_entry_before_the_broker_has_spoken_tells_nothing_of_its_exits(manager: Manager):
    approve(manager)
    manager.take(msgspec.structs.replace(_submitting(manager), status=S.SUBMITTING))
    manager.take(msgspec.structs.replace(_submitting(manager), status=S.UNKNOWN))
    assert manager.bought("10") == ()
    assert entry(manager, S.FILLED, "10") == ()


def _submitting(manager: Manager) -> OrderChanged:
    return OrderChanged(
        account="paper", client_order_id="e1", n=len(manager.told), purpose=Purpose.ENTRY, status=S.SUBMITTING,
        symbol="SPY", side=Side.BUY, qty=Decimal(10), type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
        at=manager.at,
    )  # fmt: skip


def test_a_fill_that_is_told_before_anything_else_waits_for_the_exits(manager: Manager):
    approve(manager)
    assert manager.bought("10") == ()
    assert uncovered(manager) == 10
    assert entry(manager, S.FILLED, "10") == ()
    assert leg(manager, "target", S.NEW) == ()
    assert uncovered(manager) == 0
    assert leg(manager, "stop", S.HELD) == ()


def test_exits_that_are_never_told_of_are_waited_for_as_long_as_they_may_work_unseen(manager: Manager):
    approve(manager)
    manager.bought("10")
    entry(manager, S.FILLED, "10")
    assert [manager.tick() for _ in range(LEG_TICKS - 1)] == [()] * (LEG_TICKS - 1)
    assert placed(manager.tick())[0] == 10


def test_the_target_fills_and_the_position_is_gone(manager: Manager):
    complete(manager)
    assert leg(manager, "target", S.FILLED, "10") == ()
    assert leg(manager, "stop", S.CANCELED) == ()
    assert manager.quantities() == {"SPY": (0, 0)}


def test_both_exits_fill_and_what_remains_is_protected(manager: Manager):
    complete(manager)
    assert leg(manager, "target", S.PARTIALLY_FILLED, "4") == ()
    assert leg(manager, "stop", S.PARTIALLY_FILLED, "1") == ()
    assert leg(manager, "target", S.CANCELED, "4") == ()
    assert manager.quantities() == {"SPY": (5, 5)}
    assert placed(leg(manager, "stop", S.CANCELED, "1"))[0] == 5


def test_an_exit_that_was_told_to_sell_before_the_fill_that_it_sells_is_booked_with_it(manager: Manager):
    complete(manager, "e1")
    sent(manager, "e2")
    assert leg(manager, "stop", S.PARTIALLY_FILLED, "4", order="e2") == ()
    assert manager.quantities() == {"SPY": (10, 10)}
    assert manager.bought("10", order="e2") == ()
    assert manager.quantities() == {"SPY": (16, 16)}


def test_an_exit_that_a_person_cancels_is_replaced(manager: Manager):
    complete(manager)
    assert leg(manager, "target", S.CANCELED) == ()
    assert placed(leg(manager, "stop", S.CANCELED))[:2] == (10, Decimal(STOP))


def test_a_signal_takes_the_exits_back_by_the_entrys_id_and_sells_once_both_have_ended(manager: Manager):
    complete(manager)
    assert taken_back(manager.sell_signal()) == ("e1", ExitReason.SIGNAL)
    assert leg(manager, "target", S.PENDING_CANCEL) == ()
    assert leg(manager, "target", S.CANCELED) == ()
    assert sold(leg(manager, "stop", S.CANCELED)) == 10


def test_the_stop_fills_while_a_signal_takes_the_exits_back(manager: Manager):
    complete(manager)
    manager.sell_signal()
    assert leg(manager, "stop", S.PARTIALLY_FILLED, "4") == ()
    assert leg(manager, "target", S.CANCELED) == ()
    assert leg(manager, "stop", S.FILLED, "10") == ()
    assert manager.quantities() == {"SPY": (0, 0)}


def test_a_signal_ends_an_incomplete_entry_first(manager: Manager):
    sent(manager)
    manager.bought("4")
    entry(manager, S.PARTIALLY_FILLED, "4")
    assert taken_back(manager.sell_signal()) == ("e1", ExitReason.SIGNAL)
    assert sold(entry(manager, S.CANCELED, "4")) == 4


def test_an_entry_that_completes_while_a_signal_ends_it_leaves_by_its_exits(manager: Manager):
    sent(manager)
    manager.bought("4")
    entry(manager, S.PARTIALLY_FILLED, "4")
    manager.sell_signal()
    assert taken_back(manager.bought("6", cum="10")) == ("e1", ExitReason.SIGNAL)
    entry(manager, S.FILLED, "10")
    leg(manager, "target", S.CANCELED)
    # The six came after the signal: they stay.
    close, protection = leg(manager, "stop", S.CANCELED)[::-1]
    assert isinstance(close, ClosePosition)
    assert isinstance(protection, PlaceProtection)
    assert (close.qty, protection.qty) == (4, 6)


def test_an_entry_that_brings_its_exits_does_not_outlive_the_session(manager: Manager):
    sent(manager)
    assert taken_back(manager.tick(is_open=False)) == ("e1", ExitReason.END_OF_DAY)
    assert [manager.tick(is_open=False) for _ in range(14)] == [()] * 14
    assert taken_back(manager.tick(is_open=False)) == ("e1", ExitReason.END_OF_DAY)
    entry(manager, S.CANCELED)
    legs(manager, S.CANCELED)
    assert manager.quantities() == {}


def test_a_day_order_without_exits_is_left_to_end_with_its_day(manager: Manager):
    approve(manager)
    entry(manager, S.NEW, grouped=False)
    assert manager.tick(is_open=False) == ()


def test_a_restart_at_any_point_knows_the_same(manager: Manager):
    sent(manager)
    manager.bought("4")
    entry(manager, S.PARTIALLY_FILLED, "4")
    manager.tick()
    manager.bought("6", cum="10")
    entry(manager, S.FILLED, "10")
    leg(manager, "stop", S.PARTIALLY_FILLED, "3")
    manager.sell_signal("2")
    leg(manager, "target", S.CANCELED)
    state = State(account="paper")
    for fact in manager.log:
        state = evolve(msgspec.json.decode(msgspec.json.encode(state), type=State), fact)
    assert state == manager.state


def test_the_plan_says_that_the_exits_came_with_the_entry(manager: Manager):
    sent(manager)
    manager.bought("4")
    asleep = {step.why for step in outlook(manager.state.positions["SPY"], manager.state)}
    assert "comes with the entry and works once all of it is bought" in asleep
    manager.bought("6", cum="10")
    steps = outlook(manager.state.positions["SPY"], manager.state)
    why = "came with the entry, good till canceled, stop and target in one group: whichever fills ends the other"
    assert [str(step.what) for step in steps if step.why == why] == ["stop_rests", "target_rests"]


def test_an_entry_that_is_told_complete_before_its_fill_is_protected_by_its_exits(manager: Manager):
    sent(manager)
    entry(manager, S.FILLED, "10")
    leg(manager, "target", S.NEW)
    leg(manager, "stop", S.PARTIALLY_FILLED, "3")
    assert manager.bought("10") == ()
    assert uncovered(manager) == 0
    assert manager.quantities() == {"SPY": (7, 7)}


def test_an_entry_that_the_broker_made_smaller_is_complete_when_it_says_so(manager: Manager):
    sent(manager)
    manager.bought("8")
    assert uncovered(manager) == 8
    entry(manager, S.FILLED, "8")
    assert uncovered(manager) == 0


def test_an_entry_that_the_broker_made_smaller_is_complete_with_its_last_fill(manager: Manager):
    sent(manager)
    entry(manager, S.FILLED, "8")
    manager.bought("8")
    assert uncovered(manager) == 0


def test_exits_of_an_entry_that_waits_long_are_not_forgotten(manager: Manager):
    sent(manager)
    assert [manager.tick() for _ in range(KEEP_TICKS + 5)] == [()] * (KEEP_TICKS + 5)
    manager.bought("10")
    entry(manager, S.FILLED, "10")
    assert uncovered(manager) == 0
    assert [manager.tick() for _ in range(LEG_TICKS + 5)] == [()] * (LEG_TICKS + 5)


def test_a_late_word_about_a_complete_entry_does_not_make_it_work_again(manager: Manager):
    sent(manager)
    manager.bought("10")
    entry(manager, S.PARTIALLY_FILLED, "10")
    assert manager.tick(is_open=False) == ()


def test_what_is_approved_meanwhile_makes_nobody_forget_the_exits_of_an_entry_that_waits(manager: Manager):
    sent(manager)
    for number in range(KEEP_LEVELS + 1):
        manager.approved(f"a{number}", None, None, exits=(STOP, TARGET))
    assert len(manager.state.levels) == KEEP_LEVELS
    assert manager.bought("10") == ()
    assert entry(manager, S.FILLED, "10") == ()
    assert manager.quantities() == {"SPY": (Decimal(10), Decimal(10))}
    assert uncovered(manager) == 0


def test_a_fill_that_is_told_after_a_later_one_does_not_put_exits_to_sleep_again(manager: Manager):
    sent(manager)
    manager.bought("6", cum="10")
    manager.bought("4", cum="4")
    assert manager.quantities() == {"SPY": (Decimal(10), Decimal(10))}
    assert uncovered(manager) == 0
    (cancel,) = manager.sell_signal()
    assert isinstance(cancel, CancelProtection)


def test_exits_at_work_outlast_a_late_word_that_their_entry_was_canceled(manager: Manager):
    complete(manager)
    assert entry(manager, S.CANCELED, "10") == ()
    assert manager.quantities() == {"SPY": (Decimal(10), Decimal(10))}


def test_a_late_word_of_exits_that_are_over_begins_no_group(manager: Manager):
    complete(manager)
    complete(manager, "e2")
    leg(manager, "target", S.FILLED, "10")
    leg(manager, "stop", S.CANCELED)
    for _ in range(KEEP_TICKS):
        manager.tick()
    assert list(manager.state.positions["SPY"].orders) == ["e2"]
    leg(manager, "stop", S.CANCELED)
    assert list(manager.state.positions["SPY"].orders) == ["e2"]


def test_a_stale_word_does_not_make_anybody_wait_longer_for_the_rest(manager: Manager):
    sent(manager)
    manager.bought("4")
    entry(manager, S.PARTIALLY_FILLED, "4")
    entry(manager, S.NEW, "0")
    (cancel,) = manager.tick()
    assert isinstance(cancel, CancelProtection)


def test_of_an_entry_that_was_cut_short_whole_shares_and_a_fraction_rest_apart(manager: Manager):
    sent(manager)
    manager.bought("2.5")
    wanted = entry(manager, S.CANCELED, "2.5")
    assert [one.qty for one in wanted if isinstance(one, PlaceProtection)] == [2, Decimal("0.5")]
