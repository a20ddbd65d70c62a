"""Of two signals at the same moment one takes the last of what there is: market time does not move between them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.limits import Limits
from contracts.signals import Signal
from contracts.verdicts import OrderApproved, OrderDenied
from risk.core import decide, evolve
from risk.example import ASSET, QUOTE
from risk.state import Position, State

D = Decimal
SYMBOLS = ("AAPL", "MSFT", "XOM")
SECTORS = {"AAPL": "technology", "MSFT": "technology"}


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("max_concurrent", Limits(max_concurrent=2)),
        ("open_orders", Limits(max_open_orders=1)),
        ("order_rate", Limits(max_orders_per_second=1)),
        ("orders_per_day", Limits(max_orders_per_day=1)),
        ("gross_exposure", Limits(max_gross_notional=D(1499))),
        ("gross_exposure", Limits(max_gross_fraction=D("0.01499"))),
        ("sector_exposure", Limits(max_sector_fraction=D("0.00499"))),
        ("min_cash", Limits(min_cash=D(99_501))),
    ],
)
def test_two_symbols(code: str, limits: Limits, state: Callable[..., State], signal: Callable[..., Signal]):
    # One share of AAPL at 100 dollars or four of MSFT at 100: after either there is no room for the other.
    full = state(
        limits=limits, sectors=SECTORS, positions={"XOM": Position(filled=D(10))},
        prices=dict.fromkeys(SYMBOLS, D(100)), quotes={s: structs.replace(QUOTE, symbol=s) for s in SYMBOLS},
        assets={s: structs.replace(ASSET, symbol=s) for s in SYMBOLS},
    )  # fmt: skip
    pair = signal(qty=D(1)), signal(signal_id="s2", symbol="MSFT", qty=D(4))
    assert code in refused(full, *pair)
    assert code in refused(full, *reversed(pair))


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("symbol_notional", Limits(duplicate_seconds=0, max_symbol_notional=D(599))),
        ("position_size", Limits(duplicate_seconds=0, max_position_fraction=D("0.00599"))),
        ("entries_per_symbol", Limits(duplicate_seconds=0, max_entries_per_symbol=1)),
        ("duplicate", Limits()),
    ],
)
def test_one_symbol(code: str, limits: Limits, state: Callable[..., State], signal: Callable[..., Signal]):
    assert code in refused(state(limits=limits), signal(qty=D(3)), signal(signal_id="s2", qty=D(3)))


def refused(state: State, first: Signal, second: Signal) -> list[str]:
    """Say which rules refuse the second signal after the first; either alone is approved."""
    (alone,) = decide(state, second)
    (approved,) = decide(state, first)
    assert isinstance(alone, OrderApproved)
    assert isinstance(approved, OrderApproved)
    (denied,) = decide(evolve(deepcopy(state), approved), second)
    assert isinstance(denied, OrderDenied)
    return [check.rule for check in denied.checks if not check.passed]
