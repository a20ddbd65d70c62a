"""Look at one order, as its group shows it, and at what took its place: a lost answer may have been the news of it."""

from __future__ import annotations

from msgspec import Struct

from contracts.orders import Purpose
from executor.brokers.broker import BrokerOrder
from executor.budget import Priority
from executor.calls import Calls
from executor.groups import STOPS, root
from executor.ledger import Ledger
from executor.order import Order


class Looking(Struct, frozen=True):
    ledger: Ledger
    calls: Calls
    priority: Priority

    async def at(self, order: Order) -> None:
        """Hear how an order stands, and what hangs on it."""
        head = root(self.ledger.book.orders, order)
        # A group is shown whole by the order that leads it; a stop alone is somebody else once it was replaced.
        leads = order if head.purpose is Purpose.PROTECT and head.type in STOPS else head
        shown = await self._heard(leads.broker_order_id)
        if leads is not order and order.broker_order_id not in shown:
            await self._heard(order.broker_order_id)

    async def _heard(self, broker_order_id: str) -> set[str]:
        seen = await self._asked(broker_order_id)
        if seen is None:
            return set()
        shown = (seen, *seen.legs)
        for one in shown:
            await self._follow(one.replaced_by)
        self.ledger.hear(seen)
        return {one.broker_order_id for one in shown}

    async def _follow(self, successor: str) -> None:
        """Hear of what took a place before that is known to be given up: whoever takes it back means both."""
        while successor and not self._is_known(successor):
            seen = await self._asked(successor)
            if seen is None:
                return
            self.ledger.hear(seen)
            successor = seen.replaced_by

    async def _asked(self, broker_order_id: str) -> BrokerOrder | None:
        if not broker_order_id:  # nobody knows yet whether the broker has it
            return None
        return await self.calls(self.priority, self.calls.broker.order_by_id, broker_order_id)

    def _is_known(self, broker_order_id: str) -> bool:
        return any(order.broker_order_id == broker_order_id for order in self.ledger.book.orders.values())
