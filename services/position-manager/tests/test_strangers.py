"""Shares that a stranger's order holds: what it leaves free is protected and sold, the rest once it ends."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.exits import ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus as S
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.values import OrderType, Side, TimeInForce
from position_manager.book import strangers
from position_manager.book.strangers import KEPT, Strangers
from position_manager.outlook import outlook
from position_manager.plan import Intent

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal
NOON = datetime(2013, 10, 7, 16, tzinfo=UTC)
LIMIT, STOP = OrderType.LIMIT, OrderType.STOP


def order(
    qty: str, status: S = S.NEW, name: str = "hand", *, kind: OrderType = LIMIT, filled: str = "0",
    side: Side = Side.SELL, parent: str = "", grouped: bool = False,
) -> OrderChanged:  # fmt: skip
    return OrderChanged(
        account="paper", client_order_id=name, n=1, purpose=Purpose.EXTERNAL, status=status, symbol="SPY", side=side,
        qty=D(qty), type=kind, time_in_force=TimeInForce.GTC, at=NOON, filled_qty=D(filled), parent=parent,
        grouped=grouped,
    )  # fmt: skip


def fill(qty: str, cum: str = "", name: str = "hand", *, side: Side = Side.SELL) -> OrderFilled:
    return OrderFilled(
        account="paper", execution_id=execution_id(name, D(cum or qty)), client_order_id=name,
        purpose=Purpose.EXTERNAL, symbol="SPY", side=side, qty=D(qty), price=D(170), cum_qty=D(cum or qty), at=NOON,
    )  # fmt: skip


def swapped(manager: Manager, qty: str = "4", kind: OrderType = LIMIT) -> PlaceProtection:
    """Let a person take our protection of ten back and have an order of their own rest; give what we place then."""
    placed = manager.protected("10")
    manager.take(order(qty, kind=kind))
    (again,) = manager.end(placed)
    assert isinstance(again, PlaceProtection)
    return again


def protections(intents: tuple[Intent, ...]) -> list[Decimal]:
    return [intent.qty for intent in intents if isinstance(intent, PlaceProtection)]


def bare(manager: Manager) -> dict[str, Decimal]:
    return {name: gap.qty for gaps in manager.state.gaps.values() for name, gap in gaps.items()}


def test_what_a_strangers_order_leaves_free_is_protected_and_the_rest_once_it_ends(manager: Manager):
    first = swapped(manager)
    assert (first.qty, first.reason) == (6, ExitReason.PROTECTION_LOST)
    manager.rest(first)
    assert (manager.tick(), bare(manager)) == ((), {"e1-10": 4})
    (rest,) = manager.take(order("4", S.CANCELED))
    assert protections((rest,)) == [4]
    manager.rest(rest)
    assert (manager.quantities(), bare(manager)) == ({"SPY": (10, 10)}, {})


def test_the_plan_says_what_protection_waits_for(manager: Manager):
    manager.rest(swapped(manager))
    steps = {
        (step.qty, step.why) for step in outlook(manager.state.positions["SPY"], manager.state) if step.policy == "stop"
    }
    assert (4, "an order that is not ours holds shares: rests once that ends") in steps
    assert {qty for qty, _ in steps} == {6, 4}


def test_what_a_strangers_stop_holds_is_covered_as_long_as_it_rests(manager: Manager):
    manager.rest(swapped(manager, kind=STOP))
    assert bare(manager) == {}
    (rest,) = manager.take(order("4", S.CANCELED, kind=STOP))
    assert (protections((rest,)), bare(manager)) == ([4], {"e1-10": 4})


def test_an_order_that_is_replaced_by_a_smaller_one_lets_go_of_the_difference(manager: Manager):
    manager.rest(swapped(manager))
    assert protections(manager.take(order("4", S.REPLACED))) == [4]


def test_an_order_for_fewer_shares_lets_go_of_the_difference(manager: Manager):
    manager.rest(swapped(manager))
    assert protections(manager.take(order("1"))) == [3]


def test_what_a_stranger_sells_of_ours_is_neither_protected_nor_sold_again(manager: Manager):
    manager.rest(swapped(manager))
    assert manager.take(fill("4")) == ()
    assert manager.take(order("4", S.FILLED, filled="4")) == ()
    assert [*manager.snapshot("6"), *manager.snapshot("6"), *manager.tick()] == []
    assert manager.quantities() == {"SPY": (6, 6)}
    position = manager.state.positions["SPY"]
    assert (position.given_up, position.strangers) == (0, Strangers())


def test_the_shares_of_a_strangers_sale_that_is_told_late_are_not_missed_twice(manager: Manager):
    manager.protected("10")
    manager.snapshot("6")
    manager.snapshot("6")
    position = manager.state.positions["SPY"]
    assert (position.held, position.given_up) == (6, 4)
    manager.take(fill("4"))
    manager.take(order("4", S.FILLED, filled="4"))
    position = manager.state.positions["SPY"]
    assert (position.held, position.given_up, position.strangers) == (6, 0, Strangers())


def test_a_stale_word_gives_a_stranger_no_shares_back(manager: Manager):
    manager.rest(swapped(manager))
    manager.take(fill("3"))
    manager.take(order("4"))
    assert manager.state.positions["SPY"].strangers.claimed == 1


def test_exits_of_a_strangers_bracket_that_are_told_of_before_it_sleep_too(manager: Manager):
    manager.protected("10")
    manager.take(order("4", S.HELD, "b-stop", kind=STOP, parent="b"))
    assert manager.state.positions["SPY"].strangers.held == 4
    manager.take(order("4", name="b", side=Side.BUY))
    assert manager.state.positions["SPY"].strangers.held == 0


def test_a_group_of_a_stranger_holds_its_shares_once(manager: Manager):
    placed = manager.protected("10")
    manager.take(order("4", name="oco", grouped=True))
    manager.take(order("4", S.HELD, "oco-leg", kind=STOP, parent="oco"))
    (again,) = manager.end(placed)
    assert protections((again,)) == [6]
    manager.rest(again)
    assert bare(manager) == {}, "its stop guards the others"


def test_a_strangers_stop_guards_the_strangers_shares_first(manager: Manager):
    placed = manager.protected("10")
    manager.snapshot("13")
    manager.take(order("4", name="stop", kind=STOP))
    manager.take(order("3", name="limit"))
    (again,) = manager.end(placed)
    manager.rest(again)
    assert (protections((again,)), bare(manager)) == ([6], {"e1-10": 3})


def test_the_exits_of_a_strangers_bracket_hold_what_it_bought(manager: Manager):
    placed = manager.protected("10")
    manager.take(order("4", name="b", side=Side.BUY, grouped=True))
    manager.take(order("4", S.HELD, "b-target", parent="b"))
    manager.take(order("4", S.HELD, "b-stop", kind=STOP, parent="b"))
    assert manager.state.positions["SPY"].strangers.held == 0
    manager.take(fill("4", name="b", side=Side.BUY))
    manager.take(order("4", S.FILLED, "b", filled="4", side=Side.BUY, grouped=True))
    assert manager.state.positions["SPY"].strangers.held == 0
    assert protections(manager.end(placed)) == [10]


def test_strangers_orders_take_strangers_shares_first(manager: Manager):
    placed = manager.protected("10")
    manager.snapshot("20")
    manager.take(order("12"))
    assert protections(manager.end(placed)) == [8]


def test_what_a_stranger_offered_before_we_bought_was_not_ours(manager: Manager):
    manager.take(order("10"))
    assert protections(manager.bought("10")) == [10]


def test_orders_of_strangers_alone_are_forgotten_when_they_are_over(manager: Manager):
    manager.take(order("10"))
    manager.take(order("10", S.CANCELED))
    manager.take(order("1", name="buy", side=Side.BUY))
    assert manager.state.positions == {}


def test_a_sale_sells_what_is_free_and_the_rest_once_it_is(manager: Manager):
    first = swapped(manager)
    manager.rest(first)
    manager.tick()
    manager.sell_signal()
    (sale,) = manager.end(first)
    assert isinstance(sale, ClosePosition)
    assert (sale.qty, sale.cause_id) == (6, "x1")
    manager.sold(sale, "6", "6")
    assert manager.end(sale, S.FILLED, "6") == ()
    assert manager.tick() == ()
    (rest,) = manager.take(order("4", S.CANCELED))
    assert isinstance(rest, ClosePosition)
    assert (rest.qty, rest.cause_id) == (4, "x1")


def test_a_position_that_a_stranger_holds_whole_waits_without_asking_the_broker(manager: Manager):
    placed = manager.protected("10")
    manager.take(order("10"))
    assert manager.end(placed) == ()
    assert [manager.tick() for _ in range(200)] == [()] * 200
    assert protections(manager.take(order("10", S.EXPIRED))) == [10]


def test_no_group_is_made_for_less_than_a_share(manager: Manager):
    whole, fraction = manager.bought("2.5")
    manager.order(fraction, S.NEW)
    manager.take(order("1.5"))
    assert protections(manager.end(whole)) == []
    manager.tick()
    assert protections(manager.take(order("1"))) == [1]


def test_of_very_many_orders_the_newest_are_remembered(manager: Manager):
    manager.protected("10")
    for number in range(KEPT + 5):
        manager.take(order("0.1", name=f"o{number}"))
    groups = manager.state.positions["SPY"].strangers.groups
    assert list(groups) == [f"o{number}" for number in range(5, KEPT + 5)]


QUANTITIES = st.decimals(D("0.5"), D(20), places=1)


@given(beyond=QUANTITIES, others=st.lists(QUANTITIES, max_size=4))
def test_what_strangers_hold_of_ours_is_what_they_want_beyond_their_own(beyond: Decimal, others: list[Decimal]):
    known = strangers.counted(Strangers(), beyond)
    for number, qty in enumerate(others):
        known = strangers.told(known, order(str(qty), name=f"o{number}"))
    assert known.held == max(sum(others, D(0)) - beyond, D(0))
    for number, qty in enumerate(others):
        known = strangers.told(known, fill(str(qty), name=f"o{number}"))
        known = strangers.told(known, order(str(qty), S.FILLED, f"o{number}", filled=str(qty)))
    assert known == strangers.counted(Strangers(), beyond - sum(others, D(0)))


@pytest.mark.parametrize(
    ("free", "late", "qty"),
    [
        ("10", True, "7"), ("7", True, "7"), ("6.9", True, "6"), ("0.9", True, None), ("6.9", False, "6.9"),
        ("0", False, None), ("-3", False, None),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_sold_as_far_as_that_goes(free: str, qty: str | None, *, late: bool):
    wanted = ClosePosition(
        exit_id="c", account="paper", symbol="SPY", qty=D(7), reason=ExitReason.SIGNAL, cause_id="x", at=NOON,
        extended_hours=late,
    )  # fmt: skip
    assert [fit.qty for fit in strangers.fitting([wanted], D(free))] == ([] if qty is None else [D(qty)])
    whole = strangers.fitting([wanted], D(free), whole=True)
    assert whole == ([wanted] if qty == "7" else [])


def test_what_the_broker_has_just_refused_is_not_tried_piece_by_piece(manager: Manager):
    placed = manager.protected("10")
    manager.take(order("4"))
    manager.sell_signal()
    (sale,) = manager.end(placed)
    assert isinstance(sale, ClosePosition)
    assert (sale.qty, manager.end(sale, S.REJECTED)) == (6, ())
    tried = list[Decimal]()
    for _ in range(60):
        for one in manager.tick():
            assert isinstance(one, ClosePosition)
            tried.append(one.qty)
            assert manager.end(one, S.REJECTED) == ()
    assert len(tried) < 15
    assert set(tried) == {6}


def test_shares_beyond_ours_that_a_command_takes_in_are_a_strangers_no_more():
    known = strangers.told(strangers.counted(Strangers(), D(10)), order("10"))
    assert (known.held, strangers.adopted(known, D(10)).held) == (0, 10)


def test_a_protection_that_was_refused_because_of_a_strangers_order_is_made_to_fit_it_once_that_is_told(
    manager: Manager,
):
    placed = manager.protected("10")
    (again,) = manager.end(placed)
    assert manager.end(again, S.REJECTED) == ()
    assert protections(manager.take(order("4"))) == [6]


def test_a_refused_protection_waits_no_longer_once_a_stranger_lets_go(manager: Manager):
    placed = manager.protected("10")
    manager.take(order("10"))
    manager.end(placed)
    asked = [*manager.take(order("4"))]
    for _ in range(40):
        while asked:
            asked += manager.end(asked.pop(), S.REJECTED)
        asked += manager.tick()
    assert asked == []
    parts = manager.state.positions["SPY"].parts
    assert [part.qty for part in parts] == [6, 4]
    assert all(part.wait > 1 for part in parts)
    assert protections(manager.take(order("4", S.CANCELED))) == [6, 4]
