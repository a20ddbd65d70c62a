"""What counts as exposure, at which price; orders of others count like entries, and are released once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot, Holding
from contracts.control import SectorsSet
from contracts.lifecycle import OrderStatus
from contracts.log import Message
from contracts.market import Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.signals import Signal
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from risk.core import decide, evolve
from risk.example import ASSET, NOON
from risk.state import State

D = Decimal
S = OrderStatus
MakeState = Callable[..., State]
MakeSnapshot = Callable[..., AccountSnapshot]


NEW = OrderChanged(
    account="paper", client_order_id="e1", n=1, purpose=Purpose.EXTERNAL, status=S.NEW, symbol="AAPL", side=Side.BUY,
    qty=D(10), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=NOON,
)  # fmt: skip
"""Somebody's order to buy ten AAPL, as it is first heard of."""


def order(status: S = S.NEW, **changes: object) -> OrderChanged:
    return structs.replace(NEW, status=status, **changes)


def fill(qty: int, cum: int, *, i: str = "e1", purpose: Purpose = Purpose.EXTERNAL, price: int = 100) -> OrderFilled:
    return OrderFilled(
        account="paper", execution_id=execution_id(i, D(cum)), client_order_id=i, purpose=purpose,
        symbol="AAPL", side=Side.BUY, qty=D(qty), price=D(price), cum_qty=D(cum), at=NOON,
    )  # fmt: skip


def quote(ask: float, symbol: str = "AAPL") -> Quote:
    return Quote(symbol=symbol, bid=ask, ask=ask, at=NOON)


def holding(symbol: str, qty: int, price: str) -> Holding:
    return Holding(
        symbol=symbol, qty=D(qty), avg_entry_price=D(1), market_value=D(price) * qty, unrealized_pl=D(0),
        current_price=D(price),
    )  # fmt: skip


def after(state: State, *facts: Message) -> State:
    for fact in facts:
        evolve(state, fact)
    return state


def exposure(state: State) -> tuple[Decimal, Decimal, int, int]:
    """Give the dollars in all and the dollars reserved, the open symbols and the open orders."""
    return state.gross, state.reserved, state.slots, len(state.entries)


def test_an_approval_counts_at_once_and_its_fill_changes_nothing(state: MakeState, signal: Callable[..., Signal]):
    s = state()
    (verdict,) = decide(s, signal(qty=D(10)))
    assert isinstance(verdict, OrderApproved)
    assert exposure(after(s, verdict)) == (1000, 1000, 1, 1)
    filled = fill(10, 10, i=verdict.approval_id, purpose=Purpose.ENTRY)
    assert exposure(after(s, filled)) == (1000, 1000, 1, 0)


def test_a_quote_marks_what_is_held_and_pending_and_leaves_what_is_reserved(state: MakeState):
    s = after(state(), order(), fill(4, 4))
    assert exposure(after(s, quote(110), quote(7, "MSFT"))) == (1100, 1000, 1, 1)
    assert exposure(after(s, quote(0))) == (1100, 1000, 1, 1)


def test_without_a_quote_the_broker_s_price_counts_and_a_quote_is_better(state: MakeState, snapshot: MakeSnapshot):
    s = after(state(), snapshot(positions=(holding("MSFT", -3, "300.004"),)))
    assert exposure(s) == (900, 0, 1, 0)
    after(s, quote(301, "MSFT"), snapshot(n=2, positions=(holding("MSFT", -3, "290"),)))
    assert exposure(s) == (903, 0, 1, 0)
    assert exposure(after(s, snapshot(n=3), snapshot(n=4))) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("told", "reserved"),
    [
        ({}, 1000),
        ({"limit_price": D(90)}, 900),
        ({"limit_price": D(120)}, 1200),
        ({"stop_price": D(105)}, 1050),
        ({"stop_price": D(95)}, 1000),
        ({"notional": D(450), "qty": D(0)}, 450),
    ],
    ids=str,
)
def test_an_order_of_others_is_reserved_at_its_limit_or_as_the_market_is(
    told: dict[str, Decimal], reserved: int, state: MakeState
):
    s = after(state(), structs.replace(NEW, **told))
    gross = reserved if "notional" in told else 1000
    assert exposure(s) == (gross, reserved, 1, 1)
    assert s.position("AAPL").entries == 1


def test_the_dollars_that_fills_of_others_cost_stay_reserved_until_a_snapshot_shows_the_shares(
    state: MakeState, snapshot: MakeSnapshot
):
    s = after(state(), order(), fill(4, 4), order(S.PARTIALLY_FILLED, n=2, filled_qty=D(4)))
    assert exposure(s) == (1000, 1000, 1, 1)
    assert exposure(after(s, fill(6, 10), order(S.FILLED, n=3, filled_qty=D(10)))) == (1000, 1000, 1, 0)
    assert s.position("AAPL").entries == 1
    assert exposure(after(s, snapshot(positions=(holding("AAPL", 10, "100"),)))) == (1000, 0, 1, 0)


@pytest.mark.parametrize("ending", [S.CANCELED, S.EXPIRED, S.REJECTED, S.REPLACED])
def test_an_order_of_others_that_ended_is_released_once(ending: S, state: MakeState, snapshot: MakeSnapshot):
    s = after(state(), order(), order(ending, n=2), order(ending, n=3))
    assert (exposure(s), s.position("AAPL").entries) == ((0, 0, 0, 0), 0)
    assert after(s, snapshot()).positions == {}


def test_a_fill_that_crossed_the_end_does_not_wake_an_order_of_others(state: MakeState):
    s = after(state(), order(), order(S.CANCELED, n=2))
    after(s, fill(3, 3), order(S.PARTIALLY_FILLED, n=3, filled_qty=D(3)))
    assert exposure(s) == (300, 300, 1, 0)


def test_an_order_of_others_that_is_heard_of_after_a_part_of_it_is_not_kept_for_that_part(state: MakeState):
    s = after(state(), fill(4, 4), order(S.PARTIALLY_FILLED, filled_qty=D(4)))
    assert exposure(after(s, fill(6, 10))) == (1000, 1000, 1, 0)


@pytest.mark.parametrize("successor_first", [True, False])
def test_the_successor_of_a_replaced_order_counts_in_its_place(state: MakeState, *, successor_first: bool):
    news = [order(S.REPLACED, n=2), order(client_order_id="e2", qty=D(7))]
    s = after(state(), order(), *(reversed(news) if successor_first else news))
    assert exposure(s) == (700, 700, 1, 1)


def test_an_entry_of_ours_that_a_person_replaced_counts_as_the_person_s(
    state: MakeState, signal: Callable[..., Signal]
):
    s = state()
    (verdict,) = decide(s, signal(qty=D(10)))
    assert isinstance(verdict, OrderApproved)
    ended = order(S.REPLACED, client_order_id=verdict.approval_id, purpose=Purpose.ENTRY, filled_qty=D(0))
    assert exposure(after(s, verdict, ended, order(qty=D(4)))) == (400, 400, 1, 1)


def test_an_order_of_others_that_grows_or_moves_is_reserved_anew(state: MakeState):
    s = after(state(), order(limit_price=D(90)), order(n=2, qty=D(20), limit_price=D(95)))
    assert exposure(s) == (2000, 1900, 1, 1)


def test_what_adds_no_shares_is_not_counted(state: MakeState):
    selling = order(client_order_id="e2", side=Side.SELL)
    leg = order(client_order_id="e3", parent="e0")
    protection = order(client_order_id="e4", purpose=Purpose.PROTECT)
    over = order(S.FILLED, client_order_id="e5")
    assert exposure(after(state(), selling, leg, protection, over)) == (0, 0, 0, 0)


def test_a_price_that_nobody_has_named_yet_is_reserved_when_it_comes(state: MakeState):
    s = after(state(prices={}), order())
    assert (s.unpriced, exposure(s)) == ({"AAPL": True}, (0, 0, 1, 1))
    assert (after(s, quote(50)).unpriced, exposure(s)) == ({}, (500, 500, 1, 1))
    s = after(state(prices={}), order(), order(client_order_id="e2"), fill(4, 4, price=50))
    assert (s.unpriced, exposure(s)) == ({}, (1000, 1000, 1, 2))
    s = after(state(prices={}), order(), order(S.CANCELED, n=2))
    assert s.unpriced == {}


def test_an_order_of_others_beside_an_entry_is_an_entry_more(state: MakeState, signal: Callable[..., Signal]):
    s = state()
    (verdict,) = decide(s, signal())
    assert isinstance(verdict, OrderApproved)
    after(s, verdict, order())
    assert s.position("AAPL").entries == 2
    after(s, fill(10, 10))
    assert s.position("AAPL").entries == 2


def test_new_sectors_sum_up_anew(state: MakeState):
    s = after(state(), order(), order(client_order_id="e2", symbol="MSFT", limit_price=D(50)))
    assert s.by_sector == {"": D(1500)}
    sectors = {"AAPL": "technology", "MSFT": "technology"}
    told = SectorsSet(control_id="c1", scope="all", sectors=sectors, by="ann")
    assert after(s, told).by_sector == {"technology": D(1500)}
    assert after(s, quote(110)).by_sector == {"technology": D(1600)}
    assert exposure(s) == (1600, 1500, 2, 2)


def test_what_is_told_of_one_symbol_judges_those_who_named_it_and_a_tick_all(
    state: MakeState, signal: Callable[..., Signal]
):
    """Of a thousand signals that wait, each for a price of its own, no price judges all."""
    s = after(
        state(prices={}, assets={"AAPL": ASSET, "MSFT": structs.replace(ASSET, symbol="MSFT")}), order(symbol="MSFT")
    )
    ours, others = signal(), signal(signal_id="s2", symbol="MSFT")
    assert [decide(s, ours), decide(after(s, ours), quote(100)), decide(after(s, quote(100)), others)] == [(), (), ()]
    (verdict,) = decide(after(s, others), quote(50, "MSFT"))
    assert isinstance(verdict, OrderApproved)
    assert verdict.signal_id == "s2"
    later = Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON.replace(hour=20))
    (verdict,) = decide(after(s, quote(50, "MSFT"), verdict), later)
    assert isinstance(verdict, OrderApproved)
    assert verdict.signal_id == "s1"
