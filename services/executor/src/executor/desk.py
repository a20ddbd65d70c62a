"""The desk performs what the core asks for, each order's errands one after the other, all orders side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from executor.book import Order
from executor.calls import Calls
from executor.canceling import Canceling
from executor.core import Cancel, Errand, Place, Resume
from executor.ledger import Ledger
from executor.pace import Pace
from executor.placing import Placing

MAX_RETRIES = 3


class Desk:
    """One account's orders at one broker. `now` is market time."""

    def __init__(
        self, ledger: Ledger, calls: Calls, now: Callable[[], datetime], pace: Pace, max_retries: int = MAX_RETRIES
    ) -> None:
        self.ledger = ledger
        self._placing = Placing(ledger, calls, now, pace, max_retries)
        self._canceling = Canceling(ledger, calls, pace)
        self._errands: dict[str, asyncio.Task[None]] = {}
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def perform(self, ask: Errand) -> None:
        order = self.ledger.book.orders[ask.client_order_id]
        match ask:
            case Place():
                work = self._placing.place
            case Resume():
                work = self._placing.resume
            case Cancel():
                work = self._canceling.cancel
        task = asyncio.create_task(_after(self._errands.get(order.client_order_id), work, order))
        self._errands[order.client_order_id] = task
        task.add_done_callback(lambda done: self._done(order.client_order_id, done))

    async def run(self) -> None:
        """Return never; raise what an errand raised, for that is a bug or a lost lease."""
        await self._failed

    async def idle(self) -> None:
        """Wait until nothing is being asked of the broker."""
        while self._errands:
            await asyncio.wait(self._errands.values())

    async def stop(self) -> None:
        """Leave errands where they are: the next process asks about them."""
        errands = list(self._errands.values())
        for task in errands:
            task.cancel()
        await asyncio.gather(*errands, return_exceptions=True)

    def _done(self, client_order_id: str, task: asyncio.Task[None]) -> None:
        if self._errands.get(client_order_id) is task:
            del self._errands[client_order_id]
        if not task.cancelled() and (error := task.exception()) and not self._failed.done():
            self._failed.set_exception(error)


async def _after(earlier: asyncio.Task[None] | None, work: Callable[[Order], Awaitable[None]], order: Order) -> None:
    if earlier is not None:
        await asyncio.wait((earlier,))
    await work(order)
