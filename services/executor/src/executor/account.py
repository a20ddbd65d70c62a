"""The account as the broker sees it, into the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from chassis.telemetry import logger, span
from contracts.accounts import AccountSnapshot, Holding
from contracts.log import Fact
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.ledger import Ledger

LAG_SECONDS = 0.5
"""Alpaca's account follows a fill within this."""

EVERY_SECONDS = 3.0


async def snapshot(ledger: Ledger, calls: Calls, now: Callable[[], datetime]) -> Sequence[Holding]:
    """Tell the balance and the positions; give the positions."""
    balance = await calls(Priority.READ, calls.broker.account)
    positions = tuple(await calls(Priority.READ, calls.broker.positions))
    told = AccountSnapshot(
        account=ledger.book.account, n=ledger.book.account_n + 1, status=balance.status, equity=balance.equity,
        cash=balance.cash, buying_power=balance.buying_power, positions=positions, at=now(),
    )  # fmt: skip
    ledger.put(Fact(told, 0, span("executor account")))
    return positions


async def after_fills(ledger: Ledger, calls: Calls, now: Callable[[], datetime]) -> None:
    """Tell the account after fills, for ever; many fills, one snapshot."""
    while True:
        await ledger.filled.wait()
        await asyncio.sleep(LAG_SECONDS)
        ledger.filled.clear()
        try:
            await snapshot(ledger, calls, now)
        except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
            logger("account").warning("no answer about the account", error=str(e))
        await asyncio.sleep(EVERY_SECONDS)
