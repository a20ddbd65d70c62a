"""After a split all that is known of a holding is in terms of the new shares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts.accounts import AccountSnapshot, Holding, HoldingSplit
from contracts.market import Quote
from contracts.orders import OrderFilled, Purpose, execution_id
from contracts.values import Side
from risk.core import evolve
from risk.results import Trip
from risk.state import Position, State

D = Decimal
NIGHT, MORNING = datetime(2013, 10, 8, 4, 1, tzinfo=UTC), datetime(2013, 10, 8, 14, tzinfo=UTC)


def carry_out(state: State, rates: str, before: str, after: str, at: datetime = NIGHT, name: str = "a1") -> None:
    new, old = map(D, rates.split(":"))
    evolve(
        state,
        HoldingSplit(
            account="paper", n=9, symbol="AAPL", action_id=name, old_rate=old, new_rate=new, qty_before=D(before),
            qty_after=D(after), at=at,
        ),
    )  # fmt: skip


def fill(state: State, side: Side, qty: str, price: str, order: str, purpose: Purpose = Purpose.ENTRY) -> None:
    evolve(
        state,
        OrderFilled(
            account="paper", execution_id=execution_id(order, D(qty)), client_order_id=order, purpose=purpose,
            symbol="AAPL", side=side, qty=D(qty), price=D(price), cum_qty=D(qty), at=MORNING,
        ),
    )  # fmt: skip


def lots(position: Position) -> dict[str, Decimal]:
    return {name: qty.normalize() for name, qty in position.lots.items()}


@pytest.mark.parametrize(
    ("rates", "before", "after", "expected"),
    [
        ("2:1", "16", "32", ("32", {"e1": D(20), "e2": D(12)})),
        ("3:2", "16", "24", ("24", {"e1": D(15), "e2": D(9)})),
        ("1.05:1", "16", "16.8", ("16.8", {"e1": D("10.5"), "e2": D("6.3")})),
        ("1:10", "16", "1.6", ("1.6", {"e1": D(1), "e2": D("0.6")})),
        # What is paid out in cash is missing.
        ("1:10", "16", "1", ("1", {"e1": D(1)})),
    ],
)
def test_what_is_held_and_of_which_entries_follows(
    rates: str, before: str, after: str, expected: tuple[str, dict[str, Decimal]], state: Callable[..., State]
):
    now = state()
    fill(now, Side.BUY, "10", "100", "e1")
    fill(now, Side.BUY, "6", "100", "e2")
    carry_out(now, rates, before, after)
    position = now.positions["AAPL"]
    assert (position.qty, lots(position)) == (D(expected[0]), expected[1])
    assert (position.external, position.lots_qty) == (0, D(expected[0]))


def test_it_is_worth_what_it_was_and_its_price_of_before_is_forgotten(state: Callable[..., State]):
    now = state(is_open=False)
    fill(now, Side.BUY, "10", "100", "e1")
    before = now.gross
    carry_out(now, "2:1", "10", "20")
    assert (now.gross, now.positions["AAPL"].mark) == (before, 50)
    assert (now.prices, now.quotes) == ({}, {})


def test_a_price_of_its_day_stays(state: Callable[..., State]):
    now = state()
    fill(now, Side.BUY, "10", "100", "e1")
    evolve(now, Quote(symbol="AAPL", bid=49.9, ask=50, last=50, at=MORNING))
    carry_out(now, "2:1", "10", "20", at=MORNING)
    assert (now.gross, now.positions["AAPL"].mark) == (1_000, 50)
    assert now.prices == {"AAPL": 50}


def test_shares_of_strangers_stay_theirs(state: Callable[..., State]):
    now = state(positions={"AAPL": Position(filled=D(10), external=D(5), lots={"e1": D(10)}, lots_qty=D(10))})
    carry_out(now, "2:1", "15", "30")
    position = now.positions["AAPL"]
    assert (position.filled, position.external, position.lots_qty) == (20, 10, 20)


def test_what_snapshots_had_shown_already_is_not_counted_twice(state: Callable[..., State]):
    now = state(positions={"AAPL": Position(filled=D(10), external=D(10), lots={"e1": D(10)}, lots_qty=D(10))})
    carry_out(now, "2:1", "10", "20")
    position = now.positions["AAPL"]
    assert (position.filled, position.external, position.entries) == (20, 0, 1)
    holding = Holding(
        symbol="AAPL", qty=D(20), avg_entry_price=D(50), market_value=D(1000), unrealized_pl=D(0), current_price=D(50)
    )  # fmt: skip
    for n in (3, 4):
        evolve(
            now,
            AccountSnapshot(
                account="paper", n=n, status="ACTIVE", equity=D(100_000), cash=D(100_000), buying_power=D(100_000),
                positions=(holding,), at=MORNING,
            ),
        )  # fmt: skip
    assert (position.filled, position.external) == (20, 0)


@pytest.mark.parametrize(("price", "losses"), [("49", 1), ("51", 0)])
def test_a_round_trip_over_a_split_ends_with_its_true_result(price: str, losses: int, state: Callable[..., State]):
    now = state()
    fill(now, Side.BUY, "10", "100", "e1")
    carry_out(now, "2:1", "10", "20")
    assert now.results.trips == {"AAPL": Trip(qty=D(20), balance=D(-1000), strategy="")}
    fill(now, Side.SELL, "20", price, "x1", Purpose.CLOSE)
    assert (now.results.trips, now.results.losses) == ({}, losses)


def test_a_trip_of_which_all_was_paid_out_has_no_result(state: Callable[..., State]):
    now = state()
    fill(now, Side.BUY, "5", "1", "e1")
    carry_out(now, "1:10", "5", "0")
    assert (now.results.trips, now.results.losses, now.positions["AAPL"].qty) == ({}, 0, 0)


def test_it_counts_once(state: Callable[..., State]):
    now = state()
    fill(now, Side.BUY, "10", "100", "e1")
    carry_out(now, "2:1", "10", "20")
    carry_out(now, "2:1", "10", "20")
    assert now.positions["AAPL"].qty == 20
    carry_out(now, "2:1", "20", "40", name="a2")
    assert now.positions["AAPL"].qty == 40


def test_what_is_not_held_is_no_matter(state: Callable[..., State]):
    now = state()
    carry_out(now, "2:1", "10", "20")
    assert now.positions == {}
