from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.lifecycle import OrderStatus
from contracts.market import Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.signals import Action, Signal
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved, OrderDenied
from risk.candidate import Candidate
from risk.core import decide, evolve
from risk.example import NOON
from risk.rules.nothing_to_sell import nothing_to_sell
from risk.state import Position, State


@pytest.mark.parametrize(("qty", "passed"), [("-1", False), ("0", False), ("0.5", True), ("1", True)])
def test_there_must_be_something_to_sell(
    qty: str, *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert nothing_to_sell(state(), candidate(action=Action.SELL, qty=Decimal(qty))).passed is passed


@pytest.mark.parametrize("asked", ["0", "-3", "NaN", "Infinity"])
def test_a_senseless_quantity_sells_nothing(
    asked: str, denial: Callable[..., tuple[str, str]], state: Callable[..., State]
):
    held = state(positions={"AAPL": Position(filled=Decimal(5))})
    found = denial(held, action=Action.SELL, qty=Decimal(asked))
    assert found == ("nothing_to_sell", f"there is nothing to sell: {asked} of 5 shares of AAPL")


@pytest.mark.parametrize(
    ("position", "pending"),
    [(Position(), False), (Position(pending=Decimal(1)), True), (Position(amount=Decimal("0.01")), True)],
    ids=["nothing", "shares", "dollars"],
)
def test_what_an_entry_may_still_bring_is_waited_for(
    position: Position, *, pending: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    answer = nothing_to_sell(state(positions={"AAPL": position}), candidate(action=Action.SELL, qty=Decimal(0)))
    assert (answer.passed, answer.pending) == (False, pending)


@pytest.mark.parametrize(("filled", "ending"), [(1, "ExitApproved"), (0, "nothing_to_sell")])
def test_who_leaves_while_the_entry_is_on_its_way_leaves_when_it_is_there(
    filled: int, ending: str, state: Callable[..., State], signal: Callable[..., Signal]
):
    s = state()
    (entry,) = decide(s, signal())
    assert isinstance(entry, OrderApproved)
    leaving = signal(signal_id="s2", action=Action.SELL)
    assert decide(evolve(s, entry), leaving) == ()
    evolve(s, leaving)
    if filled:
        evolve(s, OrderFilled(
            account="paper", execution_id="x", client_order_id=entry.approval_id, purpose=Purpose.ENTRY, symbol="AAPL",
            side=Side.BUY, qty=Decimal(1), price=Decimal(100), cum_qty=Decimal(1), at=NOON,
        ))  # fmt: skip
    evolve(s, OrderChanged(
        account="paper", client_order_id=entry.approval_id, n=1, purpose=Purpose.ENTRY, status=OrderStatus.CANCELED,
        symbol="AAPL", side=Side.BUY, qty=Decimal(1), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=NOON,
        filled_qty=Decimal(filled),
    ))  # fmt: skip
    (verdict,) = decide(s, Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON))
    assert (verdict.code if isinstance(verdict, OrderDenied) else type(verdict).__name__) == ending


@pytest.mark.parametrize("held", ["0", "-5"])
def test_the_denial_says_so(held: str, denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(positions={"AAPL": Position(external=Decimal(held))}), action=Action.SELL)
    assert found == ("nothing_to_sell", f"there is nothing to sell: {held} shares of AAPL")
