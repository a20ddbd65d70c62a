"""The account as the broker sees it, into the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from chassis.telemetry import logger, span
from contracts.accounts import AccountSnapshot, Holding
from contracts.log import Fact
from executor.brokers.broker import (
    Balance,
    BrokerUnavailableError,
    Capabilities,
    OrderRefusedError,
    OutcomeUnknownError,
)
from executor.calls import Calls
from executor.ledger import Ledger

LAG_SECONDS = 0.5
"""Alpaca's account follows a fill within this."""

EVERY_SECONDS = 3.0


async def read(calls: Calls) -> tuple[Balance, tuple[Holding, ...]]:
    """Ask for the balance and the positions."""
    balance = await calls.read(calls.broker.account)
    return balance, tuple(await calls.read(calls.broker.positions))


def snapshot(ledger: Ledger, can: Capabilities, balance: Balance, positions: tuple[Holding, ...], at: datetime) -> None:
    """Tell the balance and the positions."""
    told = AccountSnapshot(
        account=ledger.book.account, n=ledger.book.account_n + 1, status=balance.status, equity=balance.equity,
        cash=balance.cash, buying_power=balance.buying_power, positions=positions, at=at,
        last_equity=balance.last_equity, multiplier=balance.multiplier, maintenance_margin=balance.maintenance_margin,
        refuses_wash_trades=can.refuses_wash_trades,
    )  # fmt: skip
    ledger.put(Fact(told, 0, span("executor account")))


async def after_fills(ledger: Ledger, calls: Calls, now: Callable[[], datetime]) -> None:
    """Tell the account after fills and refused exits, for ever; many of them, one snapshot."""
    while True:
        await ledger.moved.wait()
        await asyncio.sleep(LAG_SECONDS)
        ledger.moved.clear()
        try:
            snapshot(ledger, calls.broker.capabilities, *await read(calls), now())
        except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
            logger("account").warning("no answer about the account", error=str(e))
        await asyncio.sleep(EVERY_SECONDS)
