"""Builders with defaults: an open market in mode auto, AAPL at 100 dollars, 100,000 dollars of equity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.market import Quote, mark
from contracts.signals import Signal
from contracts.verdicts import OrderDenied
from risk import exposure
from risk.candidate import Candidate
from risk.example import ACCOUNT, ASSET, NOON, SIGNAL, moment
from risk.state import State, Waiting
from risk.verdict import Verdict, judge

NO_QUOTE = Quote(symbol="NONE", bid=0, ask=0, at=NOON)


@pytest.fixture
def noon() -> datetime:
    return NOON


def make_signal(**changes: object) -> Signal:
    return structs.replace(SIGNAL, **changes)


def make_snapshot(**changes: object) -> AccountSnapshot:
    return structs.replace(ACCOUNT, **changes)


def make_state(**changes: object) -> State:
    """Build a moment; what has a price has a quote to it, and may be traded, unless the changes say otherwise."""
    made = moment(**changes)
    for symbol, price in made.prices.items():
        if "quotes" not in changes and price != mark(made.quotes.get(symbol, NO_QUOTE)):
            bid, ask = float(price) * 0.999, float(price)
            made.quotes = {**made.quotes, symbol: Quote(symbol=symbol, bid=bid, ask=ask, last=ask, at=NOON)}
        if "assets" not in changes:
            made.assets = {**made.assets, symbol: structs.replace(ASSET, symbol=symbol)}
    for symbol, position in made.positions.items():
        position.mark = position.mark or made.prices.get(symbol, Decimal(100))
    exposure.count_all(made)
    return made


def make_candidate(
    *,
    price: Decimal | None = Decimal(100),
    qty: Decimal = Decimal(1),
    wanted: Decimal | None = Decimal(1),
    now: datetime = NOON,
    notional: Decimal | None = None,
    **changes: object,
) -> Candidate:
    """Build what a rule is asked about; what is not of the candidate itself is the signal's."""
    signal = make_signal(**changes)
    return Candidate(signal=signal, came=NOON, now=now, price=price, wanted=wanted, qty=qty, notional=notional)


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
def waited() -> Callable[..., Verdict | None]:
    """Judge a signal as one that has waited as long as a signal may."""

    def judged(state: State, **changes: object) -> Verdict | None:
        now = state.now or NOON
        return judge(state, Waiting(signal=make_signal(**changes), came=now - timedelta(minutes=2), ticks=5))

    return judged


@pytest.fixture
def denial(verdict: Callable[..., Verdict | None]) -> Callable[..., tuple[str, str]]:
    """Judge a signal and give the denial's code and text."""

    def denied(state: State, **changes: object) -> tuple[str, str]:
        found = verdict(state, **changes)
        assert isinstance(found, OrderDenied), found
        return found.code, found.reason

    return denied
