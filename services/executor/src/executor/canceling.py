"""Cancel one resting order, and follow it until the broker says what it ended as."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from chassis.telemetry import logger
from contracts.lifecycle import TERMINAL, OrderStatus
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.groups import sets_to_work, standing_for
from executor.ledger import Ledger
from executor.looking import Looking
from executor.order import Order
from executor.pace import Pace
from executor.stops import is_taken_back


class Canceling(Struct, frozen=True):
    """`now` is market time."""

    ledger: Ledger
    calls: Calls
    now: Callable[[], datetime]
    pace: Pace

    async def cancel(self, order: Order) -> None:
        """End an order and what hangs on it still; the exits of an entry that was complete before that stay at work."""
        await self._end(order)
        orders, tried = self.ledger.book.orders, {order.client_order_id}
        # The end of one can be the first that is heard of another, which took its place.
        while order.status in TERMINAL and not sets_to_work(order):
            left = standing_for(orders, order.client_order_id) - tried
            if not left:
                return
            tried.add(name := min(left))
            await self._end(orders[name])

    async def take_back(self, order: Order) -> None:
        """End an entry, unless what stopped it is over before that was asked for. Its exits stay at work."""
        await self._end(order, lambda: is_taken_back(self.ledger.book, order, self.now()))

    async def _end(self, order: Order, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Ask for the cancel until it is answered, and about the order until it has ended: a fill may win the race.

        A cancel may be asked for as often as one likes. A no mostly means that the order has ended or is ending, but it
        can also be that the broker does not find it yet, so that its state is what counts. A yes is not the end: the
        exchange can decline, and then the order works on.
        """
        asked = False
        for wait in self.pace.waits():
            if order.status in TERMINAL or not order.broker_order_id or not (asked or is_wanted()):
                return
            try:
                if not asked:
                    asked = await self._ask_for_cancel(order)
                await Looking(self.ledger, self.calls, Priority.CANCEL).at(order)
                asked = asked and order.status is OrderStatus.PENDING_CANCEL
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
