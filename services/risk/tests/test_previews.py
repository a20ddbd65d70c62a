"""Questions to the gate: judged as the signal itself would be, and nothing follows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from contracts.limits import Limits
from contracts.market import Quote
from contracts.previews import PreviewAsked, Previewed
from contracts.signals import Action, Signal
from contracts.verdicts import OrderApproved, OrderDenied
from risk.core import decide, evolve
from risk.example import NOON
from risk.state import Position, State


def asked(signal: Signal, name: str = "p1", price: str = "") -> PreviewAsked:
    return PreviewAsked(preview_id=name, account="paper", signal=signal, price=Decimal(price) if price else None)


def told(state: State, question: PreviewAsked) -> OrderApproved | OrderDenied:
    (answer,) = decide(state, question)
    assert isinstance(answer, Previewed)
    assert (answer.preview_id, answer.account) == (question.preview_id, "paper")
    assert isinstance(answer.verdict, OrderApproved | OrderDenied)
    return answer.verdict


@pytest.mark.parametrize("changes", [{}, {"symbol": "MSFT", "confidence": 0.1}, {"action": Action.SELL}])
def test_the_answer_is_the_verdict_that_the_signal_itself_would_get(
    state: Callable[..., State], signal: Callable[..., Signal], changes: dict[str, object]
):
    now, wish = state(positions={"AAPL": Position(external=Decimal(3))}), signal(**changes)
    (answer,) = decide(now, asked(wish))
    assert isinstance(answer, Previewed)
    assert (answer.verdict,) == decide(now, wish)


def test_nothing_follows_however_often_it_is_asked(state: Callable[..., State], signal: Callable[..., Signal]):
    now = state(limits=Limits(max_orders_per_second=1, max_concurrent=1))
    before = msgspec.json.encode(now)
    for number in range(20):
        question = asked(signal(), f"p{number}")
        answers = decide(now, question)
        for fact in (question, *answers):
            evolve(now, fact)
    assert msgspec.json.encode(now) == before
    assert isinstance(decide(now, signal())[0], OrderApproved)


def test_a_question_waits_for_a_price_like_a_signal_and_each_gets_its_own_answer(
    state: Callable[..., State], signal: Callable[..., Signal]
):
    now, wish = state(prices={}, quotes={}), signal(signal_id="s1")
    question, quote = asked(signal(signal_id="s2")), Quote(symbol="AAPL", bid=99.9, ask=100, last=99.95, at=NOON)
    assert (decide(now, question), decide(evolve(now, question), wish)) == ((), ())
    found = decide(evolve(now, wish), quote)
    assert [type(fact) for fact in found] == [Previewed, OrderApproved]
    for fact in (quote, *found):
        evolve(now, fact)
    assert now.waiting == {}


def test_with_a_price_of_its_own_it_is_judged_at_that_and_the_markets_stays(
    state: Callable[..., State], signal: Callable[..., Signal]
):
    now, wish = state(limits=Limits(max_position_fraction=Decimal("0.05"))), signal(qty=Decimal(50))
    dear, cheap = (told(now, asked(wish, price=price)) for price in ("100.01", "50"))
    assert isinstance(dear, OrderDenied)
    assert (dear.code, dear.value) == ("position_size", "5000.5")
    assert isinstance(cheap, OrderApproved)
    assert cheap.reference_price == Decimal(50)
    assert now.prices == {"AAPL": Decimal(100)}


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "sNaN", "Infinity", "1E+999999", "0.00001", "10000000"])
def test_a_price_that_makes_no_sense_is_not_looked_at(
    price: str, state: Callable[..., State], signal: Callable[..., Signal]
):
    now, wish = state(), signal(qty=None)
    assert (told(now, asked(wish, price=price)),) == decide(now, wish)


def test_a_question_for_another_account_is_not_answered(state: Callable[..., State], signal: Callable[..., Signal]):
    question = structs.replace(asked(signal()), account="growth")
    now = state()
    assert decide(now, question) == ()
    assert evolve(now, question).waiting == {}
