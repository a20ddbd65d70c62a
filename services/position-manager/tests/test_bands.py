"""Quotes within the band may be skipped: what is decided, and what is known, is the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.control import LimitsSet
from contracts.exits import PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.market import Quote
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce
from position_manager.bands import Band, band
from position_manager.marks import STEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Manager

D = Decimal
NOON = datetime(2013, 10, 7, 16, tzinfo=UTC)
Step: TypeAlias = tuple[str, int, int]

LIMITS = (
    Limits(),
    Limits(break_even=D(0), give_back=D(0)),
    Limits(trail_fraction=D("0.01")),
    Limits(trail_fraction=D("0.02"), trail_activation=D("0.03"), scale_out=("0.05:0.5",)),
    Limits(give_back_activation=D(0), exit_collar=D(0)),
    Limits(flat_minutes_before_close=30),
    Limits(ratchet=D("0.01")),
    Limits(ratchet=D("0.002"), trail_fraction=D("0.01"), give_back=D(0)),
)


def held(manager: Manager, qty: str = "1") -> None:
    for placed in manager.bought(qty, "100"):
        manager.rest(placed)
    manager.quote(100)


def band_of(manager: Manager) -> Band | None:
    return band(manager.state.positions["SPY"], manager.state.market, "paper")


@pytest.mark.parametrize(
    ("best", "low", "high"),
    [
        (100, 0, 101.5),
        (101.5, 100, 101.5 * (1 + STEP)),
        (101.98, 100, 102),
        (102, 101, 102 * (1 + STEP)),
        (110, 105, 110 * (1 + STEP)),
    ],
)
def test_the_band_of_whole_shares_ends_where_a_policy_or_a_mark_would_act(
    best: float, low: float, high: float, manager: Manager
):
    held(manager)
    manager.quote(best)
    assert band_of(manager) == Band(low, high, 0.02)


def test_the_band_of_a_fraction_ends_at_its_target(manager: Manager):
    off = Limits(break_even=D(0), give_back=D(0))
    manager.take(LimitsSet(control_id="c", scope="all", limits=off, by="ann"))
    held(manager, "0.5")
    assert band_of(manager) == Band(0, 120, 0.02)
    manager.tick(is_open=False)
    assert band_of(manager) == Band(0, inf, 0.02)


def test_there_is_none_while_every_quote_must_be_looked_at(manager: Manager):
    held(manager)
    manager.take(Quote(symbol="SPY", bid=50, ask=100, last=100, at=manager.at))
    assert band_of(manager) is None
    manager.quote(100)
    assert band_of(manager) is not None
    manager.tick(seconds=8 * 86_400)
    manager.bought("1", "100", order="e2")
    assert band_of(manager) is None


def test_there_is_none_while_a_stop_is_to_be_raised(manager: Manager):
    manager.take(LimitsSet(control_id="c", scope="all", limits=Limits(ratchet=D("0.01")), by="ann"))
    held(manager)
    manager.quote(101.5)
    assert (band_of(manager), manager.moves) == (None, [])
    manager.quote(101.4)
    assert band_of(manager) == Band(100, 101.5 * (1 + STEP), 0.02)
    assert len(manager.moves) == 1


def test_there_is_none_while_shares_leave_and_only_a_quote_may_sell_them(manager: Manager):
    held(manager)
    manager.sell_signal()
    assert band_of(manager) is not None
    manager.tick(is_open=False)
    assert band_of(manager) is None


def test_where_nothing_of_ours_is_held_quotes_decide_nothing(manager: Manager):
    manager.take(
        OrderChanged(
            account="paper", client_order_id="hand", n=1, purpose=Purpose.EXTERNAL, status=OrderStatus.NEW,
            symbol="SPY", side=Side.SELL, qty=D(1), type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, at=NOON,
        )
    )  # fmt: skip
    assert band_of(manager) == Band(0, inf, 0.02)


def test_a_quote_that_is_not_sound_may_not_be_skipped():
    within = Band(90, 110, 0.02)
    assert within.may_skip(Quote(symbol="SPY", bid=95, ask=96, at=NOON))
    assert not within.may_skip(Quote(symbol="SPY", bid=95, ask=100, at=NOON))
    assert not within.may_skip(Quote(symbol="SPY", bid=90, ask=90.01, at=NOON))
    assert not within.may_skip(Quote(symbol="SPY", bid=0, ask=0, at=NOON))


class Skipping:
    """Tells a manager quotes as a replay may: of those within the band only the last one before something else."""

    def __init__(self, manager: Manager) -> None:
        self.manager = manager
        self.skipped: Quote | None = None
        self.told = 0

    def quote(self, quote: Quote) -> None:
        position = self.manager.state.positions.get("SPY")
        still = band(position, self.manager.state.market, "paper") if position else None
        if still is not None and still.may_skip(quote):
            self.skipped = quote
            return
        self.told += 1
        self.catch_up()
        self.manager.take(quote)

    def catch_up(self) -> None:
        if self.skipped is not None:
            self.manager.take(self.skipped)
            self.skipped = None


WHATS = ("bad", "tick", "closed", "limits", "fill", "end", "signal", "moved", "refused")
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*["quote"] * 20, *WHATS]),
        st.integers(9_300, 12_300),
        st.integers(0, len(LIMITS) - 1),
    ),
    min_size=5,
    max_size=80,
)  # fmt: skip


def answered(manager: Manager, *, moved: bool) -> None:
    """Let the broker raise each stop as was asked last, or say no."""
    last = {move.client_order_id: f"{move.stop_price}" for move in manager.moves}
    for one in manager.wanted:
        if isinstance(one, PlaceProtection) and one.exit_id in known(manager) & last.keys():
            price, code = (last[one.exit_id], "") if moved else ("1", "42210000")
            manager.stop(one, OrderStatus.HELD, price, code=code)


def other(manager: Manager, step: Step, number: int) -> None:
    what, cents, pick = step
    placed = [intent for intent in manager.wanted if intent.exit_id in known(manager)]
    match what:
        case "tick" | "closed":
            manager.tick(is_open=what == "tick", seconds=1 + 3_600 * (pick == 0))
        case "limits":
            manager.take(LimitsSet(control_id="c", scope="all", limits=LIMITS[pick], by="ann"))
        case "fill":
            for one in manager.bought("2.5", f"{cents / 100}", order=f"e{number + 1}"):
                manager.rest(one)
        case "moved" | "refused":
            answered(manager, moved=what == "moved")
        case "signal":
            manager.sell_signal("1", approval=f"x{number}")
        case _:
            for one in placed[:1]:
                manager.end(one)


def known(manager: Manager) -> set[str]:
    return {name for p in manager.state.positions.values() for name, order in p.orders.items() if not order.over}


@settings(
    max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(limits=st.sampled_from(LIMITS), steps=STEPS)
def test_skipped_or_bar_by_bar_the_same_is_decided(
    make_manager: Callable[[], Manager], limits: Limits, steps: list[Step]
):
    every, skipping = make_manager(), Skipping(make_manager())
    for manager in (every, skipping.manager):
        manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann"))
        held(manager)
    for number, step in enumerate(steps):
        what, cents, _ = step
        if what in {"quote", "bad"}:
            ask = cents / 100 * (1.001 if what == "quote" else 1.5)
            quote = Quote(symbol="SPY", bid=cents / 100, ask=ask, at=every.at + timedelta(milliseconds=number))
            every.take(quote)
            skipping.quote(quote)
            continue
        skipping.catch_up()
        other(every, step, number)
        other(skipping.manager, step, number)
        assert skipping.manager.state == every.state
    skipping.catch_up()
    assert (skipping.manager.wanted, skipping.manager.marks) == (every.wanted, every.marks)
    assert skipping.manager.moves == every.moves
    assert skipping.manager.state == every.state


def test_most_quotes_of_a_quiet_day_are_skipped(make_manager: Callable[[], Manager]):
    skipping = Skipping(make_manager())
    held(skipping.manager)
    for number in range(500):
        bid = 100 + (number * 7 % 13) / 10
        skipping.quote(Quote(symbol="SPY", bid=bid, ask=bid + 0.01, at=skipping.manager.at))
    assert skipping.told == 0
