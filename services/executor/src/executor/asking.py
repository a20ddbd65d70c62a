"""Ask the broker for an order of whose submit nobody knows what came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from chassis.telemetry import logger
from contracts.lifecycle import OrderStatus
from contracts.orders import Purpose
from executor.brokers.broker import BrokerOrder, BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.core import changed
from executor.ledger import Ledger
from executor.order import Order
from executor.pace import Pace

PRIORITY = {
    Purpose.ENTRY: Priority.ENTRY,
    Purpose.PROTECT: Priority.PROTECT,
    Purpose.CLOSE: Priority.EXIT,
    Purpose.EXTERNAL: Priority.READ,
}


class Asking(Struct, frozen=True):
    """`now` is market time."""

    ledger: Ledger
    calls: Calls
    now: Callable[[], datetime]
    pace: Pace

    async def found(self, order: Order, patience: Callable[[], float]) -> bool:
        """Ask until the broker shows the order, or has denied it for `patience` seconds.

        A question that fails is not a no.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for wait in self.pace.waits():
            try:
                seen = await self._asked(order)
            except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
                self._log("no answer about an order", order, e)
            else:
                if seen is not None:
                    return self.ledger.hear(seen)
                if loop.time() - begun >= patience():
                    return False
            # With nothing told of it, it was most likely never sent, and its symbol is not frozen for that.
            if order.n and order.status is OrderStatus.SUBMITTING and not order.broker_order_id:
                self._tell_unknown(order)
            await asyncio.sleep(self._pause(order, wait, loop.time() - begun))
            if order.broker_order_id:
                return True  # the stream or a reconciliation told of it meanwhile
        raise AssertionError("waits never end")

    async def _asked(self, order: Order) -> BrokerOrder | None:
        find = self.calls.broker.order_by_client_id
        return await self.calls(PRIORITY[order.purpose], find, order.client_order_id)

    def _pause(self, order: Order, wait: float, asked_for: float) -> float:
        """Say how long to wait until asking again: longer and longer where asking is all that can be done."""
        if self.calls.broker.capabilities.unique_client_ids or asked_for < self.pace.abandoned:
            return min(wait, self.pace.absent)
        logger("desk").error(
            "the fate of an order is not known: look for it at the broker", client_order_id=order.client_order_id,
            symbol=order.symbol, side=order.side, qty=str(order.qty), asked_for=round(asked_for),
        )  # fmt: skip
        return wait

    def _tell_unknown(self, order: Order) -> None:
        self.ledger.tell([changed(self.ledger.book.account, order, OrderStatus.UNKNOWN, self.now())])

    def _log(self, event: str, order: Order, error: Exception) -> None:
        logger("desk").warning(event, client_order_id=order.client_order_id, symbol=order.symbol, error=str(error))
