"""Reservations become positions, exactly once; the broker's word settles the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot, Holding
from contracts.lifecycle import OrderStatus
from contracts.log import Message
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.signals import Signal
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from risk.core import decide, evolve
from risk.state import Entry, Position, State

S = OrderStatus
MakeState = Callable[..., State]
MakeSnapshot = Callable[..., AccountSnapshot]


def order(status: S, filled: int = 0, *, i: str = "o1", at: datetime) -> OrderChanged:
    return OrderChanged(
        account="paper", client_order_id=i, n=1, purpose=Purpose.ENTRY, status=status, symbol="AAPL", side=Side.BUY,
        qty=Decimal(10), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=at, filled_qty=Decimal(filled),
    )  # fmt: skip


def fill(qty: int, cum: int, *, i: str = "o1", side: Side = Side.BUY, at: datetime) -> OrderFilled:
    purpose = Purpose.ENTRY if side is Side.BUY else Purpose.PROTECT
    return OrderFilled(
        account="paper", execution_id=execution_id(i, Decimal(cum)), client_order_id=i, purpose=purpose,
        symbol="AAPL", side=side, qty=Decimal(qty), price=Decimal(100), cum_qty=Decimal(cum), at=at,
    )  # fmt: skip


def holding(qty: int) -> Holding:
    return Holding(
        symbol="AAPL", qty=Decimal(qty), avg_entry_price=Decimal(100), market_value=Decimal(100 * qty),
        unrealized_pl=Decimal(0), current_price=Decimal(100),
    )  # fmt: skip


@pytest.fixture
def approved(state: MakeState, signal: Callable[..., Signal]) -> State:
    """Give a state with one approved order for ten shares, known as o1."""
    s = state()
    (verdict,) = decide(s, signal(qty=Decimal(10)))
    assert isinstance(verdict, OrderApproved)
    return evolve(s, structs.replace(verdict, approval_id="o1"))


def after(s: State, *facts: Message) -> State:
    for fact in facts:
        evolve(s, fact)
    return s


def exposure(s: State) -> tuple[Decimal, Decimal, Decimal]:
    p = s.position("AAPL")
    return p.qty, p.pending, s.reserved


def test_an_approval_reserves_its_whole_size(approved: State):
    assert approved.entries == {"o1": Entry(symbol="AAPL", qty=Decimal(10), price=Decimal(100))}
    assert exposure(approved) == (0, 10, 1000)
    assert approved.position("AAPL").entries == 1


@pytest.mark.parametrize("status", [S.SUBMITTING, S.UNKNOWN, S.NEW, S.HELD, S.PENDING_CANCEL])
def test_an_order_that_may_trade_stays_reserved(status: S, approved: State, noon: datetime):
    assert exposure(after(approved, order(status, at=noon))) == (0, 10, 1000)


@pytest.mark.parametrize("status", [S.WITHHELD, S.REJECTED, S.CANCELED, S.EXPIRED])
def test_an_order_that_ended_is_released_once(status: S, approved: State, noon: datetime):
    s = after(approved, order(status, at=noon), order(status, at=noon))
    assert (exposure(s), s.entries, s.position("AAPL").entries) == ((0, 0, 0), {}, 0)


def test_partial_fills_move_shares_from_the_reservation_to_the_position(approved: State, noon: datetime):
    s = after(approved, order(S.NEW, at=noon), fill(4, 4, at=noon), order(S.PARTIALLY_FILLED, 4, at=noon))
    assert exposure(s) == (4, 6, 1000)
    s = after(s, fill(6, 10, at=noon), order(S.FILLED, 10, at=noon))
    assert (exposure(s), s.entries, s.position("AAPL").entries) == ((10, 0, 1000), {}, 1)


def test_an_end_that_comes_before_its_fills_keeps_what_was_bought_reserved(approved: State, noon: datetime):
    s = after(approved, order(S.CANCELED, 4, at=noon))
    assert exposure(s) == (0, 4, 400)
    assert exposure(after(s, fill(4, 4, at=noon))) == (4, 0, 400)
    assert s.entries == {}


def test_a_fill_that_crossed_the_cancel_is_booked(approved: State, noon: datetime):
    s = after(approved, order(S.CANCELED, at=noon), fill(10, 10, at=noon), order(S.FILLED, 10, at=noon))
    assert (exposure(s), s.position("AAPL").entries) == ((10, 0, 1000), 1)


def test_sells_take_from_the_oldest_entry_and_a_closed_position_is_forgotten(
    approved: State, snapshot: MakeSnapshot, noon: datetime
):
    buys = fill(10, 10, at=noon), fill(5, 5, i="o2", at=noon)
    s = after(approved, *buys, fill(10, 10, i="x1", side=Side.SELL, at=noon))
    assert s.position("AAPL").lots == {"o2": Decimal(5)}
    s = after(s, fill(5, 5, i="x2", side=Side.SELL, at=noon))
    assert (s.position("AAPL").qty, s.position("AAPL").entries, s.slots) == (0, 0, 0)
    s = after(s, snapshot())
    assert (s.positions, s.reserved) == ({}, 0)


def test_money_is_reserved_until_a_snapshot_shows_the_shares(approved: State, snapshot: MakeSnapshot, noon: datetime):
    s = after(approved, fill(10, 10, at=noon), snapshot())
    assert s.reserved == 1000
    assert after(s, snapshot(n=2, positions=(holding(10),))).reserved == 0


def test_shares_that_only_the_broker_knows_count_at_once(state: MakeState, snapshot: MakeSnapshot):
    s = after(state(), snapshot(positions=(holding(7),)))
    assert (exposure(s), s.position("AAPL").entries) == ((7, 0, 0), 1)


def test_a_snapshot_ahead_of_its_fill_does_not_count_the_shares_twice(
    approved: State, snapshot: MakeSnapshot, noon: datetime
):
    s = after(approved, snapshot(positions=(holding(10),)))
    assert exposure(s) == (0, 10, 1000)
    assert exposure(after(s, fill(10, 10, at=noon), snapshot(n=2, positions=(holding(10),)))) == (10, 0, 0)


def test_a_snapshot_behind_a_fill_takes_nothing_away(approved: State, snapshot: MakeSnapshot, noon: datetime):
    s = after(approved, fill(10, 10, at=noon), snapshot())
    assert exposure(s) == (10, 0, 1000)


def test_a_difference_that_two_snapshots_show_is_the_broker_s_word(
    approved: State, snapshot: MakeSnapshot, noon: datetime
):
    s = after(approved, fill(10, 10, at=noon), snapshot(positions=(holding(4),)), snapshot(positions=(holding(4),)))
    assert (s.position("AAPL").qty, s.position("AAPL").lots) == (4, {"o1": Decimal(4)})
    s = after(s, snapshot(), snapshot())
    assert (s.positions, s.reserved) == ({}, 0)


def test_an_unknown_order_freezes_until_the_broker_has_spoken(approved: State, noon: datetime):
    assert after(approved, order(S.UNKNOWN, at=noon)).unknown == {"o1": "AAPL"}
    assert after(approved, order(S.NEW, at=noon)).unknown == {}


def test_an_empty_position_reads_as_nothing(state: MakeState):
    assert state().position("AAPL") == Position()


def test_a_sale_that_snapshots_have_shown_is_not_taken_away_twice(
    approved: State, snapshot: MakeSnapshot, noon: datetime
):
    s = after(approved, fill(10, 10, at=noon), snapshot(positions=(holding(4),)), snapshot(positions=(holding(4),)))
    s = after(s, fill(6, 6, i="x1", side=Side.SELL, at=noon))
    assert exposure(s)[0] == 4
    assert exposure(after(s, fill(4, 4, i="x2", side=Side.SELL, at=noon)))[0] == 0


def test_a_sale_told_before_its_purchase_leaves_no_short(approved: State, snapshot: MakeSnapshot, noon: datetime):
    s = after(approved, fill(10, 10, i="x1", side=Side.SELL, at=noon))
    assert exposure(s) == (0, 10, 1000)
    s = after(s, fill(10, 10, at=noon), snapshot(), snapshot())
    assert (s.positions, s.reserved) == ({}, 0)


def test_a_difference_with_a_fill_between_is_not_settled(approved: State, snapshot: MakeSnapshot, noon: datetime):
    s = after(approved, fill(4, 4, at=noon), snapshot(), fill(4, 4, i="x1", side=Side.SELL, at=noon))
    s = after(s, fill(4, 4, i="o2", at=noon), snapshot())
    assert exposure(s)[0] == 4
