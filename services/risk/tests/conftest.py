"""Builders with defaults: an open market in mode auto, AAPL at 100 dollars, 100,000 dollars of equity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.signals import Action, Signal, Source
from contracts.values import Mode
from contracts.verdicts import OrderDenied
from risk.candidate import Candidate
from risk.state import State, Waiting
from risk.verdict import Verdict, judge

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


def make_signal(**changes: object) -> Signal:
    default = Signal(signal_id="s1", source=Source.WS, symbol="AAPL", action=Action.BUY, confidence=0.9, at=NOON)
    return structs.replace(default, **changes)


def make_snapshot(**changes: object) -> AccountSnapshot:
    default = AccountSnapshot(
        account="paper", n=1, status="ACTIVE", equity=Decimal(100_000), cash=Decimal(100_000),
        buying_power=Decimal(100_000), positions=(), at=NOON,
    )  # fmt: skip
    return structs.replace(default, **changes)


def make_state(**changes: object) -> State:
    default = State(
        account="paper", mode=Mode.AUTO, now=NOON, is_open=True, snapshot=make_snapshot(), prices={"AAPL": Decimal(100)}
    )
    made = structs.replace(default, **changes)
    made.slots = sum(position.is_open for position in made.positions.values())
    return made


def make_candidate(
    *,
    price: Decimal | None = Decimal(100),
    qty: Decimal = Decimal(1),
    wanted: Decimal | None = Decimal(1),
    now: datetime = NOON,
    **changes: object,
) -> Candidate:
    """Build what a rule is asked about; what is not of the candidate itself is the signal's."""
    signal = make_signal(**changes)
    return Candidate(signal=signal, came=NOON, now=now, price=price, wanted=wanted, qty=qty)


@pytest.fixture
def signal() -> Callable[..., Signal]:
    return make_signal


@pytest.fixture
def snapshot() -> Callable[..., AccountSnapshot]:
    return make_snapshot


@pytest.fixture
def state() -> Callable[..., State]:
    return make_state


@pytest.fixture
def candidate() -> Callable[..., Candidate]:
    return make_candidate


@pytest.fixture
def verdict() -> Callable[..., Verdict | None]:
    """Judge a signal as one that has just come."""

    def judged(state: State, **changes: object) -> Verdict | None:
        return judge(state, Waiting(signal=make_signal(**changes), came=NOON))

    return judged


@pytest.fixture
def denial(verdict: Callable[..., Verdict | None]) -> Callable[..., tuple[str, str]]:
    """Judge a signal and give the denial's code and text."""

    def denied(state: State, **changes: object) -> tuple[str, str]:
        found = verdict(state, **changes)
        assert isinstance(found, OrderDenied), found
        return found.code, found.reason

    return denied
