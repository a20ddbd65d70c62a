"""An entry for dollars: whatever the price does, it is never worth more than its dollars, and never less."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.lifecycle import OrderStatus
from contracts.log import Message
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.signals import Signal
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from risk.candidate import Candidate
from risk.core import decide, evolve
from risk.example import NOON
from risk.rules.position_size import position_size
from risk.state import Position, State

D = Decimal
S = OrderStatus


@pytest.fixture
def approved(state: Callable[..., State], signal: Callable[..., Signal]) -> State:
    """Give a state with one approved order for 1,000 dollars, known as o1."""
    s = state()
    (verdict,) = decide(s, signal())
    assert isinstance(verdict, OrderApproved)
    return evolve(s, structs.replace(verdict, approval_id="o1", qty=D(10), notional=D(1000)))


def fill(qty: str, price: str, cum: str) -> OrderFilled:
    return OrderFilled(
        account="paper", execution_id=execution_id("o1", D(cum)), client_order_id="o1", purpose=Purpose.ENTRY,
        symbol="AAPL", side=Side.BUY, qty=D(qty), price=D(price), cum_qty=D(cum), at=NOON,
    )  # fmt: skip


def order(
    status: S, filled: str = "0", qty: str = "10", notional: str | None = "1000", average: str = "0"
) -> OrderChanged:
    return OrderChanged(
        account="paper", client_order_id="o1", n=1, purpose=Purpose.ENTRY, status=status, symbol="AAPL", side=Side.BUY,
        qty=D(qty), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=NOON, filled_qty=D(filled),
        notional=None if notional is None else D(notional), filled_avg_price=D(average) or None,
    )  # fmt: skip


def after(s: State, *facts: Message) -> tuple[Decimal, Decimal, Decimal, Decimal, int]:
    """Give what is reserved, the dollars and the shares that may still come, the shares held, and the open entries."""
    for fact in facts:
        evolve(s, fact)
    position = s.position("AAPL")
    return s.reserved, position.amount, position.pending, position.qty, len(s.entries)


def test_its_dollars_are_reserved_and_no_number_of_shares(approved: State):
    assert after(approved) == (1000, 1000, 0, 0, 1)
    assert approved.slots == 1


def test_more_shares_than_were_thought_leave_the_rest_of_the_dollars_reserved(approved: State):
    assert after(approved, fill("15", "50", "15")) == (1000, 250, 0, 15, 1)


@pytest.mark.parametrize("fills_first", [True, False])
def test_an_order_that_is_done_frees_what_it_did_not_spend_in_either_order_of_the_news(
    approved: State, *, fills_first: bool
):
    news = [fill("12", "80", "12"), order(S.FILLED, "12", "12", average="80")]
    assert after(approved, *(news if fills_first else reversed(news))) == (960, 0, 0, 12, 0)


def test_what_it_bought_before_its_end_stays_reserved_until_its_fills_have_come(approved: State):
    assert after(approved, order(S.CANCELED, "4", average="90")) == (360, 0, 4, 0, 1)
    assert after(approved, fill("4", "90", "4")) == (360, 0, 0, 4, 0)


def test_an_end_without_shares_frees_it_all(approved: State):
    assert after(approved, order(S.REJECTED)) == (0, 0, 0, 0, 0)
    assert approved.slots == 0


def test_in_doubt_it_counts_whole(approved: State):
    assert after(approved, order(S.UNKNOWN)) == (1000, 1000, 0, 0, 1)


def test_one_that_was_sent_as_whole_shares_is_for_those(approved: State):
    assert after(approved, order(S.NEW, qty="9", notional=None)) == (900, 0, 9, 0, 1)
    assert after(approved, order(S.FILLED, "9", "9", None), fill("9", "110", "9")) == (990, 0, 0, 9, 0)


@pytest.mark.parametrize(("price", "worth"), [("100", "4000"), ("50", "3000"), ("200", "6000")])
def test_a_position_counts_its_dollars_whatever_the_price(
    price: str, worth: str, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    held = Position(filled=D(15), pending=D(5), amount=D(1000))
    answer = position_size(state(positions={"AAPL": held}), candidate(price=D(price), qty=D(1), notional=D(1000)))
    assert answer.value == worth
