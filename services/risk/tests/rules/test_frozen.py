from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import structs

from contracts.accounts import DriftFound, DriftKind, DriftResolved
from contracts.control import Resumed
from risk.candidate import Candidate
from risk.core import evolve
from risk.rules.frozen import frozen
from risk.state import State


def drift(at: datetime, kind: DriftKind = DriftKind.QUANTITY_DRIFT, order: str = "") -> DriftFound:
    return DriftFound(
        account="paper", n=2, difference=kind, symbol="AAPL", ours="3", theirs="2", at=at, client_order_id=order,
        freezes=True,
    )  # fmt: skip


def test_a_drift_that_nobody_can_explain_freezes_its_own_symbol_until_it_is_gone(
    state: Callable[..., State], candidate: Callable[..., Candidate], noon: datetime
):
    now = evolve(state(), drift(noon))
    assert not frozen(now, candidate()).passed
    assert frozen(now, candidate(symbol="MSFT")).passed
    gone = DriftResolved(account="paper", n=3, difference=DriftKind.QUANTITY_DRIFT, symbol="AAPL", at=noon)
    assert frozen(evolve(now, gone), candidate()).passed


def test_each_difference_freezes_by_itself(
    state: Callable[..., State], candidate: Callable[..., Candidate], noon: datetime
):
    now = evolve(evolve(state(), drift(noon)), drift(noon, DriftKind.ORDER_DENIED, "o1"))
    gone = DriftResolved(account="paper", n=4, difference=DriftKind.QUANTITY_DRIFT, symbol="AAPL", at=noon)
    assert not frozen(evolve(now, gone), candidate()).passed


def test_a_person_who_resumes_ends_it_and_so_does_a_word_that_it_freezes_no_more(
    state: Callable[..., State], candidate: Callable[..., Candidate], noon: datetime
):
    resumed = evolve(evolve(state(), drift(noon)), Resumed(control_id="c1", scope="all", by="ann", why=""))
    assert frozen(resumed, candidate()).passed
    elsewhere = evolve(evolve(state(), drift(noon)), Resumed(control_id="c2", scope="second", by="ann", why=""))
    assert not frozen(elsewhere, candidate()).passed
    believed = evolve(evolve(state(), drift(noon)), structs.replace(drift(noon), freezes=False))
    assert frozen(believed, candidate()).passed


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State], noon: datetime):
    found = denial(evolve(state(), drift(noon)))
    assert found == ("frozen", "the broker and the log differ about AAPL: quantity_drift")
