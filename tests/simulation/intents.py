"""What others ask of an executor: three shares of SPY, and a stop beside a target for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from contracts.exits import ExitReason, PlaceProtection
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved

AT = datetime(2013, 10, 7, 13, 31, tzinfo=UTC)


def approval(name: str) -> OrderApproved:
    return OrderApproved(
        approval_id=name, signal_id=f"s-{name}", account="paper", source=Source.WS, symbol="SPY", side=Side.BUY,
        qty=Decimal(3), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=Decimal(167), at=AT,
        expires_at=AT + timedelta(days=30), checks=(),
    )  # fmt: skip


def protection(name: str) -> PlaceProtection:
    return PlaceProtection(
        exit_id=name, account="paper", symbol="SPY", qty=Decimal(3), stop_price=Decimal(100),
        target_price=Decimal(300), time_in_force=TimeInForce.GTC, reason=ExitReason.ENTRY_FILLED,
        execution_id="", at=AT,
    )  # fmt: skip
