"""The stop at the broker follows the highest level that is watched: known by the broker's word alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from contracts.control import LimitsSet
from contracts.exits import CancelProtection, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus as S
from contracts.limits import Limits
from contracts.plans import What
from position_manager.book.order import LEG_TICKS
from position_manager.core import evolve
from position_manager.outlook import outlook
from position_manager.protecting.following import ASK_AGAIN_TICKS
from position_manager.state import State

from .conftest import OPEN
from .nights import announce

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal
BEHIND = Limits(ratchet=D("0.01"))
TRAILING = replace(BEHIND, trail_fraction=D("0.02"), trail_activation=D("0.005"), break_even=D(0), give_back=D(0))


def follow(manager: Manager, limits: Limits = BEHIND) -> None:
    manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann"))


def held(manager: Manager, qty: str = "10") -> PlaceProtection:
    (placed,) = manager.bought(qty, "100")
    assert isinstance(placed, PlaceProtection)
    manager.rest(placed)
    manager.quote(100)
    return placed


def rise(manager: Manager, *bids: float) -> None:
    """Let the price rise, and a tick pass, by which the new mark is known."""
    for bid in bids:
        manager.quote(bid)
        manager.tick()


def wanted(manager: Manager) -> list[tuple[Decimal, ExitReason]]:
    return [(move.stop_price, move.reason) for move in manager.moves]


def stop(manager: Manager) -> Decimal:
    (part,) = manager.state.positions["SPY"].parts
    return part.stop_price


def raised(manager: Manager, placed: PlaceProtection, name: str, price: str, before: str = "") -> None:
    """Let the broker put a stop in the place of the one before."""
    manager.stop(placed, S.PENDING_NEW, price, name)
    manager.stop(placed, S.REPLACED, "95", before)
    manager.stop(placed, S.NEW if placed.target_price is None else S.HELD, price, name)


@pytest.mark.parametrize("qty", ["10", "0.5"])
def test_once_break_even_is_watched_the_stop_is_wanted_behind_it(manager: Manager, qty: str):
    follow(manager)
    placed = held(manager, qty)
    rise(manager, 101.4)
    assert manager.moves == []
    rise(manager, 101.5)
    (move,) = manager.moves
    assert (move.client_order_id, move.stop_price, move.reason) == (placed.exit_id, 99, ExitReason.BREAK_EVEN)
    raised(manager, placed, "s1", "99")
    assert (stop(manager), manager.coverage[-1].uncovered) == (99, 0)
    assert manager.quantities()["SPY"] == (D(qty), D(qty))


def test_where_it_is_off_the_stop_stays(manager: Manager):
    held(manager)
    rise(manager, 101.5, 110)
    assert manager.moves == []


def test_it_rises_with_what_trails_in_steps_that_are_worth_a_request(manager: Manager):
    follow(manager, TRAILING)
    placed = held(manager)
    last = ""
    for number, bid in enumerate((101.0, 101.5, 101.9, 102.5, 104.0, 104.4)):
        asked = len(manager.moves)
        rise(manager, bid)
        for move in manager.moves[asked:]:
            raised(manager, placed, f"s{number}", str(move.stop_price), last)
            last = f"s{number}"
    # At 101: two per cent below it, and one more; then whenever it is at least so much higher again.
    assert [price for price, _ in wanted(manager)] == [D("97.99"), D("99.45"), D("100.90")]
    assert stop(manager) == D("100.90")
    rise(manager, 103.5)
    assert len(manager.moves) == 3


def test_one_wish_is_under_way_at_a_time_and_said_again_should_it_be_lost(manager: Manager):
    follow(manager)
    held(manager)
    rise(manager, 101.5, 104, 106)
    assert len(manager.moves) == 1
    for _ in range(ASK_AGAIN_TICKS):
        manager.tick()
    assert wanted(manager) == [(99, ExitReason.BREAK_EVEN), (D("101.97"), ExitReason.GAVE_BACK)]
    assert len({move.exit_id for move in manager.moves}) == 2


def test_after_a_no_it_is_asked_again_later_and_ever_later(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    waits = list[int]()
    for asked in range(1, 9):
        manager.stop(placed, S.HELD, "95", code="42210000")
        ticks = 0
        while len(manager.moves) == asked:
            manager.tick()
            ticks += 1
        waits.append(ticks)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert stop(manager) == 95


def test_a_broker_that_changes_no_orders_is_asked_once(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    manager.stop(placed, S.HELD, "95", code="unsupported")
    for _ in range(200):
        manager.tick()
    assert len(manager.moves) == 1


def test_what_was_to_take_its_place_and_was_refused_leaves_the_stop_as_it_was(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    manager.stop(placed, S.PENDING_NEW, "99", "s1")
    manager.stop(placed, S.REJECTED, "99", "s1")
    assert (stop(manager), manager.quantities()["SPY"]) == (95, (10, 10))
    manager.tick()
    manager.tick()
    assert len(manager.moves) == 2
    manager.end(placed)
    (part,) = manager.state.positions["SPY"].parts
    assert part.because is ExitReason.PROTECTION_LOST


def test_a_stop_that_fills_while_it_is_replaced_has_sold_the_shares(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    manager.stop(placed, S.PENDING_NEW, "99", "s1")
    manager.sold(placed, "10", "10", leg=True)
    manager.stop(placed, S.REJECTED, "99", "s1")
    manager.end(placed)
    assert manager.state.positions["SPY"].parts == ()
    assert all(manager.tick() == () for _ in range(5))


def test_the_new_one_told_after_the_end_of_the_old_one_covers_the_shares_all_the_same(manager: Manager):
    follow(manager)
    placed = held(manager, "0.5")
    rise(manager, 101.5)
    manager.stop(placed, S.REPLACED, "95")
    assert manager.tick() == ()
    manager.stop(placed, S.NEW, "99", "s1")
    assert (manager.tick(), stop(manager)) == ((), 99)
    assert manager.quantities()["SPY"] == (D("0.5"), D("0.5"))
    manager.order(placed, S.NEW)
    assert (manager.tick(), stop(manager)) == ((), 99)


def test_a_replaced_stop_of_whose_successor_nobody_ever_tells_is_placed_again_where_it_was(manager: Manager):
    placed = held(manager, "0.5")
    manager.stop(placed, S.REPLACED, "95")
    outputs = [intent for _ in range(LEG_TICKS + 1) for intent in manager.tick()]
    (again,) = outputs
    assert isinstance(again, PlaceProtection)
    assert (again.stop_price, again.reason) == (95, ExitReason.PROTECTION_LOST)


def test_what_leaves_or_is_taken_back_is_not_raised(manager: Manager):
    follow(manager, Limits())
    held(manager)
    rise(manager, 101.5)
    (taken_back,) = manager.sell_signal()
    assert taken_back.reason is ExitReason.SIGNAL
    follow(manager)
    rise(manager, 104)
    assert manager.moves == []


def test_a_soft_exit_that_begins_while_it_is_raised_takes_the_new_one_back(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    (back,) = manager.sell_signal()
    assert not isinstance(back, PlaceProtection)
    raised(manager, placed, "s1", "99")
    manager.stop(placed, S.CANCELED, "99", "s1")
    (close,) = manager.order(placed, S.CANCELED)
    assert (close.reason, close.symbol) == (ExitReason.SIGNAL, "SPY")
    assert manager.quantities()["SPY"] == (10, 10)


def test_a_stop_that_a_person_moved_is_known_where_it_is_and_raised_from_there(manager: Manager):
    follow(manager)
    placed = held(manager)
    raised(manager, placed, "by-hand", "98.5")
    assert stop(manager) == D("98.5")
    rise(manager, 101.5)
    assert manager.moves == []
    rise(manager, 104)
    assert wanted(manager) == [(D("100.98"), ExitReason.GAVE_BACK)]


def test_a_stop_that_keeps_its_number_is_raised_by_its_own_word(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    manager.stop(placed, S.HELD, "99")
    assert stop(manager) == 99


def test_protection_that_is_lost_is_placed_anew_where_it_had_risen_to(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    raised(manager, placed, "s1", "99")
    manager.stop(placed, S.CANCELED, "99", "s1")
    (again,) = manager.order(placed, S.CANCELED)
    assert isinstance(again, PlaceProtection)
    assert again.stop_price == 99


def test_nothing_is_raised_while_the_market_is_closed_or_no_price_is_known(manager: Manager):
    follow(manager)
    placed = held(manager)
    manager.quote(101.5)
    manager.tick(is_open=False)
    manager.bought("1", "100", order="e2")
    assert manager.state.positions["SPY"].price == 0
    manager.tick()
    assert manager.moves == []
    rise(manager, 101.5)
    assert [move.client_order_id for move in manager.moves] == [placed.exit_id]


def test_what_is_under_way_survives_a_restart_from_a_snapshot_and_from_the_log(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    raised(manager, placed, "s1", "99")
    rise(manager, 104)
    assert msgspec.json.decode(msgspec.json.encode(manager.state), type=State) == manager.state
    state = State(account="paper")
    for fact in manager.log:
        state = evolve(state, fact)
    assert state == manager.state
    rise(manager, 106)
    assert len(manager.moves) == 2


def test_the_outlook_shows_the_stop_where_it_rests_and_says_that_it_follows(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    raised(manager, placed, "s1", "99")
    steps = outlook(manager.state.positions["SPY"], manager.state)
    (rests,) = [step for step in steps if step.what is What.STOP_RESTS]
    assert rests.price == 99
    assert "ratchet (0.01)" in rests.why


def test_the_stop_of_what_is_to_be_sold_once_an_entry_has_ended_stays(manager: Manager):
    held(manager)
    rise(manager, 101.5)
    manager.entry(S.NEW, order="e2")
    manager.sell_signal()
    follow(manager)
    manager.tick()
    assert manager.moves == []


def test_a_stop_stays_on_the_day_of_a_split_until_its_prices_are_known(manager: Manager):
    follow(manager)
    held(manager)
    manager.quote(101.5)
    announce(manager, ex_date=OPEN.date())
    manager.snapshot("10")
    assert manager.moves == []


def test_a_wish_that_is_heard_of_after_the_stop_has_risen_is_waited_for_no_more(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    (move,) = manager.moves
    raised(manager, placed, "s1", "99")
    manager.state = evolve(manager.state, move)
    assert manager.state.positions["SPY"].orders[placed.exit_id].moving.wait == 0


def test_a_stop_that_rises_while_it_is_taken_back_is_taken_back_again_at_once(manager: Manager):
    follow(manager)
    placed = held(manager)
    rise(manager, 101.5)
    (first,) = manager.sell_signal()
    manager.stop(placed, S.PENDING_NEW, "99", "s1")
    manager.stop(placed, S.REPLACED, "95")
    (again,) = manager.stop(placed, S.HELD, "99", "s1")
    assert [type(one) for one in (first, again)] == [CancelProtection, CancelProtection]
