"""Hold the book against the broker: on start, every so often, and whenever something may have been missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from chassis.telemetry import logger, span
from contracts.log import Fact
from executor import reconcile
from executor.account import snapshot
from executor.brokers.broker import BrokerOrder, BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.ledger import Ledger
from executor.metrics import RECONCILED
from executor.pace import Pace
from executor.reconcile import Difference

SOON_SECONDS = 1.0
"""What is asked for within this is done in one go: an answer that is on its way may tell the same."""

AGAIN_SECONDS = 2.0
"""A difference is looked at again after this, before it is told."""


class Watch:
    """`every` in wall seconds; `lookback`, market time, is how far back a stranger's order counts on start."""

    def __init__(
        self, ledger: Ledger, calls: Calls, now: Callable[[], datetime], every: float, lookback: timedelta
    ) -> None:
        self._ledger, self._calls, self._now, self._every = ledger, calls, now, every
        at = ledger.book.reconciled_at
        self._since = None if at is None else at - lookback
        self._suspected: set[Difference] = set()
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have it done soon."""
        self._asked.set()

    async def run(self) -> None:
        """Reconcile for ever."""
        while True:
            wait = AGAIN_SECONDS if self._suspected else self._every
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._asked.wait()
                    await asyncio.sleep(SOON_SECONDS)
            await self.patiently()

    async def patiently(self) -> None:
        """Reconcile, again and again until the broker answers."""
        for wait in Pace(first=1.0).waits():
            try:
                await self.reconcile()
            except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
                logger("reconcile").warning("the broker does not answer", error=str(e), again_in=round(wait, 2))
                await asyncio.sleep(wait)
            else:
                return

    async def reconcile(self) -> None:
        """Tell what the broker knows and the book does not: orders, fills, then differences seen twice."""
        self._asked.clear()
        begun, book = self._now(), self._ledger.book
        orders = await self._orders()
        for seen in orders:
            self._ledger.tell(reconcile.news(book, seen, self._since))
        positions = await snapshot(self._ledger, self._calls, self._now)
        found = reconcile.untold(book, reconcile.differences(book, orders, positions))
        self._alert(found & self._suspected)
        self._suspected = found - self._suspected
        self._since = begun
        RECONCILED.set_to_current_time()

    async def _orders(self) -> list[BrokerOrder]:
        broker = self._calls.broker
        found = list(await self._calls(Priority.READ, broker.open_orders))
        if self._since is not None:
            found += await self._calls(Priority.READ, broker.recent_orders, self._since)
        orders = reconcile.everyone(found)
        for order in reconcile.unseen(self._ledger.book, orders):
            seen = await self._calls(Priority.READ, broker.order_by_id, order.broker_order_id)
            if seen is None:
                logger("reconcile").error("the broker denies an order", client_order_id=order.client_order_id)
            else:
                orders.append(seen)
        return orders

    def _alert(self, found: set[Difference]) -> None:
        for drift in reconcile.drifts(self._ledger.book, found, self._now()):
            logger("reconcile").error(
                "drift", kind=drift.difference, symbol=drift.symbol, ours=drift.ours, theirs=drift.theirs
            )
            self._ledger.put(Fact(drift, 0, span("executor drift")))
