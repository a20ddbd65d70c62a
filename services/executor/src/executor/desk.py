"""The desk performs what the core asks for: each order's errands one after the other, all orders side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from executor.calls import Calls
from executor.canceling import Canceling
from executor.core import Cancel, Errand, Move, Place, Resume, TakeBack
from executor.errands import Errands
from executor.ledger import Ledger
from executor.moving import Moving
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
        self._canceling = Canceling(ledger, calls, now, pace)
        self._moving = Moving(ledger, calls, pace)
        self._errands = Errands()

    def perform(self, ask: Errand) -> None:
        if isinstance(ask, Move):
            # Under a name of its own: what takes the order back must not wait for it.
            work = partial(self._moving.move, ask.client_order_id, resumed=ask.resumed)
            self._errands.begin(f"move {ask.client_order_id}", work)
            return
        order = self.ledger.book.orders[ask.client_order_id]
        match ask:
            case Place():
                work = partial(self._placing.place, order)
            case Resume():
                work = partial(self._placing.resume, order)
            case Cancel():
                work = partial(self._canceling.cancel, order)
            case TakeBack():
                work = partial(self._canceling.take_back, order)
        self._errands.begin(order.client_order_id, work)

    async def run(self) -> None:
        """Return never; raise what an errand raised, for that is a bug or a lost lease."""
        await self._errands.watch()

    async def idle(self) -> None:
        """Wait until nothing is being asked of the broker."""
        await self._errands.idle()

    async def stop(self) -> None:
        """Leave errands where they are: the next process asks about them."""
        await self._errands.stop()
