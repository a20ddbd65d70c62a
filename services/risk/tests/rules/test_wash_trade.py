from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.accounts import AccountSnapshot
from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce
from risk.candidate import UNKNOWN, Candidate
from risk.core import evolve
from risk.example import NOON
from risk.rules.wash_trade import wash_trade
from risk.state import State

STOP = OrderChanged(
    account="paper", client_order_id="x1", n=1, purpose=Purpose.PROTECT, status=OrderStatus.NEW, symbol="AAPL",
    side=Side.SELL, qty=Decimal(1), type=OrderType.STOP, time_in_force=TimeInForce.GTC, at=NOON,
    stop_price=Decimal(90),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({}, False),
        ({"status": OrderStatus.UNKNOWN}, False),
        ({"status": OrderStatus.SUBMITTING}, False),
        (
            {"purpose": Purpose.EXTERNAL, "type": OrderType.LIMIT, "stop_price": None, "limit_price": Decimal(110)},
            False,
        ),
        ({"purpose": Purpose.CLOSE, "type": OrderType.MARKET, "stop_price": None}, False),
        ({"type": OrderType.STOP_LIMIT, "limit_price": Decimal(89)}, False),
        ({"type": OrderType.TRAILING_STOP}, True),
        ({"grouped": True}, True),
        ({"parent": "e1"}, True),
        ({"side": Side.BUY}, True),
        ({"symbol": "MSFT"}, True),
        ({"status": OrderStatus.REJECTED}, True),
        ({"status": OrderStatus.WITHHELD}, True),
    ],
)
def test_what_an_entry_could_trade_with_stands_in_its_way(
    changes: dict[str, object],
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
    snapshot: Callable[..., AccountSnapshot],
):
    now = state(snapshot=snapshot(refuses_wash_trades=True))
    evolve(now, structs.replace(STOP, **changes))
    assert wash_trade(now, candidate()).passed is passed


@pytest.mark.parametrize(
    ("statuses", "passed"),
    [
        ((OrderStatus.SUBMITTING, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED), False),
        ((OrderStatus.NEW, OrderStatus.PENDING_CANCEL), False),
        ((OrderStatus.NEW, OrderStatus.FILLED), True),
        ((OrderStatus.NEW, OrderStatus.REPLACED), True),
        ((OrderStatus.NEW, OrderStatus.CANCELED, OrderStatus.PARTIALLY_FILLED), True),
    ],
)
def test_it_stands_there_until_it_has_ended_and_nothing_is_kept_of_it(
    statuses: tuple[OrderStatus, ...],
    *,
    passed: bool,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
    snapshot: Callable[..., AccountSnapshot],
):
    now = state(snapshot=snapshot(refuses_wash_trades=True))
    for n, status in enumerate(statuses, start=1):
        evolve(now, structs.replace(STOP, n=n, status=status))
    assert wash_trade(now, candidate()).passed is passed
    assert (now.sells == {}) is passed


def test_where_the_broker_has_no_such_rule_nothing_stands_in_the_way(
    state: Callable[..., State], candidate: Callable[..., Candidate]
):
    now = state(sells={"AAPL": {"x1": "stop"}})
    assert wash_trade(now, candidate()).passed
    assert wash_trade(structs.replace(now, snapshot=None), candidate()) == UNKNOWN


def test_the_denial_says_so(
    denial: Callable[..., tuple[str, str]],
    state: Callable[..., State],
    snapshot: Callable[..., AccountSnapshot],
    noon: datetime,
):
    now = state(snapshot=snapshot(refuses_wash_trades=True))
    evolve(now, STOP)
    evolve(now, structs.replace(STOP, client_order_id="c1", type=OrderType.MARKET, at=noon))
    assert denial(now) == ("wash_trade", "AAPL is to be sold by stop order x1, market order c1")
