"""Cancel one resting order, and follow it until the broker says what it ended as."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from chassis.telemetry import logger
from contracts.lifecycle import TERMINAL
from executor.book import root, standing_for
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.ledger import Ledger
from executor.order import Order
from executor.pace import Pace


class Canceling(Struct, frozen=True):
    ledger: Ledger
    calls: Calls
    pace: Pace

    async def cancel(self, order: Order) -> None:
        """End an order or, where it is an entry that was complete before that, the exits that it has set to work."""
        await self._end(order)
        if order.status in TERMINAL:
            for name in sorted(standing_for(self.ledger.book, order.client_order_id)):
                await self._end(self.ledger.book.orders[name])

    async def _end(self, order: Order) -> None:
        """Ask for the cancel until it is answered, and about the order until it has ended: a fill may win the race.

        A cancel may be asked for as often as one likes. A no mostly means that the order has ended or is ending, but it
        can also be that the broker does not find it yet, so that its state is what counts.
        """
        asked = False
        for wait in self.pace.waits():
            if order.status in TERMINAL or not order.broker_order_id:
                return
            try:
                if not asked:
                    asked = await self._ask_for_cancel(order)
                await self._look(order)
            except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
                logger("desk").warning("cancel not answered", client_order_id=order.client_order_id, error=str(e))
            if order.status not in TERMINAL:
                await asyncio.sleep(wait)

    async def _ask_for_cancel(self, order: Order) -> bool:
        try:
            await self.calls(Priority.CANCEL, self.calls.broker.cancel, order.broker_order_id)
        except OrderRefusedError as e:
            logger("desk").info("cancel refused", client_order_id=order.client_order_id, code=e.code, reason=e.reason)
            return False
        return True

    async def _look(self, order: Order) -> None:
        head = root(self.ledger.book, order)
        seen = await self.calls(Priority.CANCEL, self.calls.broker.order_by_id, head.broker_order_id)
        if seen is not None:
            self.ledger.hear(seen)
