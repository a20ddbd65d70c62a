from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.signals import Action, Signal
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk.candidate import Answer, Candidate
from risk.core import decide, evolve
from risk.example import ASSET
from risk.rules.tradable import tradable
from risk.state import Position, State
from risk.verdict import Verdict


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({}, "tradable"),
        ({"status": "active"}, "tradable"),
        ({"status": "inactive"}, "inactive"),
        ({"tradable": False}, "not tradable"),
        ({"known": False, "tradable": False}, "not known"),
        ({"fractionable": False, "shortable": False}, "tradable"),
    ],
)
def test_the_brokers_word_counts(
    changes: dict[str, object], value: str, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(assets={"AAPL": structs.replace(ASSET, **changes)})
    assert tradable(now, candidate()) == Answer(
        passed=value == "tradable", value=value, limit="tradable", reason=f"the broker says that AAPL is {value}"
    )


def test_a_signal_waits_for_the_brokers_word(state: Callable[..., State], signal: Callable[..., Signal]):
    now = state(assets={"MSFT": structs.replace(ASSET, symbol="MSFT")})
    assert decide(now, signal()) == ()
    evolve(now, signal())
    assert decide(now, structs.replace(ASSET, symbol="MSFT")) == ()
    (approved,) = decide(now, ASSET)
    assert isinstance(approved, OrderApproved)
    (denied,) = decide(now, structs.replace(ASSET, tradable=False))
    assert isinstance(denied, OrderDenied)
    assert (denied.code, denied.reason) == ("tradable", "the broker says that AAPL is not tradable")


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    unknown = structs.replace(ASSET, known=False, tradable=False)
    assert denial(state(assets={"AAPL": unknown})) == ("tradable", "the broker says that AAPL is not known")


def test_where_the_broker_says_nothing_the_wait_has_an_end(
    state: Callable[..., State], waited: Callable[..., Verdict | None]
):
    denied = waited(state(assets={}))
    assert isinstance(denied, OrderDenied)
    says = "the broker has not said yet whether AAPL may be traded"
    assert (denied.code, denied.reason, denied.value) == ("tradable", says, "unknown")


def test_what_cannot_be_sold_short_can_be_left_and_nothing_is_ever_sold_short(
    state: Callable[..., State], verdict: Callable[..., Verdict | None], denial: Callable[..., tuple[str, str]]
):
    bound = structs.replace(ASSET, shortable=False, tradable=False)
    held = state(assets={"AAPL": bound}, positions={"AAPL": Position(filled=Decimal(2))})
    left = verdict(held, action=Action.SELL, qty=Decimal(5))
    assert isinstance(left, ExitApproved)
    assert left.qty == Decimal(2)
    flat = state(assets={"AAPL": structs.replace(ASSET, shortable=True)})
    assert denial(flat, action=Action.SELL, qty=Decimal(5))[0] == "nothing_to_sell"
