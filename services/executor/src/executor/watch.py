"""Hold the book against the broker: on start, every so often, and whenever something may have been missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from chassis.telemetry import logger, span
from contracts.accounts import DriftFound, DriftKind, Holding
from contracts.days import new_york
from contracts.lifecycle import WORKING
from contracts.log import Fact
from executor import drift, reconcile, splitting
from executor.account import read, snapshot
from executor.brokers.broker import Balance, BrokerOrder, BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.calls import Calls
from executor.checks import Checks
from executor.drift import Difference
from executor.ledger import Ledger
from executor.metrics import DIFFERENCES, RECONCILED
from executor.order import Order
from executor.pace import Pace
from executor.reconcile import Theirs

SOON_SECONDS = 1.0
"""What is asked for within this is done in one go: an answer that is on its way may tell the same."""

SPLIT_SECONDS = 10.0
"""Around the day of a split what is held is looked at this often: until it is known, its stops fit neither price."""

AGAIN_SECONDS = 2.0
"""A difference is looked at again after this, before it is told."""

MOST_READINGS = 3
"""A busy account is read as it is after so many tries; what that shows must be seen twice like everything else."""


class Watch:
    """`every` in wall seconds; `lookback`, market time: how far before the last time a stranger's order counts."""

    def __init__(
        self, ledger: Ledger, calls: Calls, now: Callable[[], datetime], every: float, lookback: timedelta,
        checks: Checks,
    ) -> None:  # fmt: skip
        self._ledger, self._calls, self._now, self._every = ledger, calls, now, every
        self._checks, self._lookback, at = checks, lookback, ledger.book.reconciled_at
        self._since = None if at is None else self._back(at)
        self._before = drift.standing(ledger.book)
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have it done soon."""
        self._asked.set()

    async def run(self) -> None:
        """Reconcile for ever."""
        while True:
            settled = self._before == drift.standing(self._ledger.book)
            with suppress(TimeoutError):
                pause = self._checks.pause(AGAIN_SECONDS, self._every)
                if splitting.pending(self._ledger.book, new_york(self._now()).date()):
                    pause = min(pause, SPLIT_SECONDS)
                async with asyncio.timeout(pause if settled else AGAIN_SECONDS):
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
                self._checks.failed(e)
                await asyncio.sleep(wait)
            else:
                return

    async def reconcile(self) -> None:
        """Read the broker, adopt what is news, tell the account, then the differences that two readings agree on."""
        self._asked.clear()
        begun, book = self._now(), self._ledger.book
        orders, denied = await self._orders()
        balance, positions = await self._at_rest()
        theirs = Theirs(orders=orders, positions=positions, cash=balance.cash, denied=denied, since=self._since)
        found = reconcile.differences(book, theirs)
        for one in found:
            DIFFERENCES.labels(one.kind).inc()
            self._ledger.tell(one.news)
        found = self._split(found)
        snapshot(self._ledger, self._calls.broker.capabilities, balance, positions, self._now())
        self._alert(drift.alarms(found))
        self._checks.looked(theirs)
        self._since = self._back(begun)
        RECONCILED.set_to_current_time()

    def _split(self, found: list[Difference]) -> list[Difference]:
        """Tell of holdings that a split has changed; give the differences that are left."""
        told = [*splitting.explained(self._ledger.book, found, self._before, self._now())]
        for one in told:
            logger("reconcile").info("split", symbol=one.symbol, before=str(one.qty_before), after=str(one.qty_after))
            self._ledger.put(Fact(one, 0, span("executor HoldingSplit")))
        symbols = {one.symbol for one in told}
        return [one for one in found if one.kind is not DriftKind.QUANTITY_DRIFT or one.symbol not in symbols]

    def _back(self, at: datetime) -> datetime:
        # What was before the first reading is in that reading.
        return max(at - self._lookback, self._ledger.book.began or at)

    async def _at_rest(self) -> tuple[Balance, tuple[Holding, ...]]:
        """Read the account in a moment without fills: what is held is compared with what they add up to."""
        for left in reversed(range(MOST_READINGS)):
            cash, held = self._ledger.book.cash, dict(self._ledger.book.positions)
            reading = await read(self._calls)
            if not left or (cash, held) == (self._ledger.book.cash, self._ledger.book.positions):
                return reading
        raise AssertionError("the last reading is taken as it is")

    async def _orders(self) -> tuple[list[BrokerOrder], list[str]]:
        broker = self._calls.broker
        found = list(await self._calls.read(broker.open_orders))
        if self._since is not None:
            found += await self._calls.read(broker.recent_orders, self._since)
        orders, denied, book = reconcile.everyone(found), list[str](), self._ledger.book
        asked, wanted = set[str](), reconcile.suspects(book, self._before.values())
        while wanted := [*reconcile.unseen(book, orders, asked), *wanted]:
            for order in wanted:
                asked.add(order.client_order_id)
                seen = await self._calls.read(broker.order_by_id, order.broker_order_id)
                if seen is not None:
                    orders.append(seen)
                elif order.status in WORKING:
                    denied.append(order.client_order_id)
            wanted = list[Order]()
        return reconcile.everyone([*orders, *await self._successors(orders)]), denied

    async def _successors(self, orders: Sequence[BrokerOrder]) -> list[BrokerOrder]:
        """Ask for what took the place of orders and is listed nowhere."""
        found, asked = list[BrokerOrder](), set[str]()
        while numbers := reconcile.successors(self._ledger.book, [*orders, *found]) - asked:
            for number in sorted(numbers):
                asked.add(number)
                seen = await self._calls.read(self._calls.broker.order_by_id, number)
                found += [] if seen is None else [seen]
        return found

    def _alert(self, now: dict[str, Difference]) -> None:
        for told in drift.drifts(self._ledger.book, self._before, now, self._now()):
            event = "drift" if isinstance(told, DriftFound) else "drift resolved"
            logger("reconcile").error(event, kind=told.difference, symbol=told.symbol, order=told.client_order_id)
            self._ledger.put(Fact(told, 0, span(f"executor {event}")))
        self._before = now
