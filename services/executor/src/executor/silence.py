"""Market orders of which nothing is heard are asked for: they trade at once, so their silence means lost news."""

from __future__ import annotations

import asyncio
from math import inf

from chassis.telemetry import logger
from contracts.values import OrderType
from executor.book import working
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.calls import Calls
from executor.groups import root
from executor.ledger import Ledger
from executor.order import Order

PATIENCE_SECONDS = 3.0
"""Longer than an answer and a frame take to cross each other."""
LOOK_SECONDS = 1.0


class Silence:
    """Asks once for each change of an order: outside the hours one waits for the opening, a rest for who takes it."""

    def __init__(self, ledger: Ledger, calls: Calls) -> None:
        self._ledger, self._calls = ledger, calls
        self._since = dict[tuple[str, int], float]()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for order in self._silent(asyncio.get_running_loop().time()):
                await self._ask(order)

    def _silent(self, now: float) -> list[Order]:
        orders = {(o.client_order_id, o.n): o for o in working(self._ledger.book) if o.type is OrderType.MARKET}
        since = {name: self._since.get(name, now) for name in orders}
        late = [name for name, at in since.items() if now - at >= PATIENCE_SECONDS]
        self._since = since | dict.fromkeys(late, inf)
        return [orders[name] for name in late]

    async def _ask(self, order: Order) -> None:
        head = root(self._ledger.book.orders, order)
        try:
            seen = await self._calls.read(self._calls.broker.order_by_id, head.broker_order_id)
        except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
            logger("silence").warning("no answer about an order", client_order_id=order.client_order_id, error=str(e))
            return
        if seen is not None:
            self._ledger.hear(seen)
