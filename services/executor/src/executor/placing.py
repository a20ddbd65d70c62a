"""Place one order, once: send it, and where the answer is lost, ask before anything is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto

from msgspec import Struct

from chassis.telemetry import logger
from contracts.lifecycle import OrderStatus
from contracts.orders import Purpose
from executor import metrics
from executor.book import Order
from executor.brokers.broker import (
    BrokerUnavailableError,
    OrderClass,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from executor.budget import Priority
from executor.calls import Calls
from executor.core import UNAVAILABLE, Why, changed, frozen, withheld
from executor.ledger import Ledger
from executor.pace import Pace

PRIORITY = {
    Purpose.ENTRY: Priority.ENTRY,
    Purpose.PROTECT: Priority.PROTECT,
    Purpose.CLOSE: Priority.EXIT,
    Purpose.EXTERNAL: Priority.READ,
}


class Sent(Enum):
    """What is known of a submit: the broker has answered, it took nothing, or nobody knows."""

    ANSWERED = auto()
    NOTHING = auto()
    DOUBTFUL = auto()


class Placing(Struct, frozen=True):
    """`now` is market time. `max_retries` bounds how often an entry is sent again; exits are sent until they stand."""

    ledger: Ledger
    calls: Calls
    now: Callable[[], datetime]
    pace: Pace
    max_retries: int

    async def place(self, order: Order) -> None:
        """Send an order that was never sent; return once the broker has said what became of it."""
        why = await self._tried(order)
        if why is not None and not order.broker_order_id:
            metrics.WITHHELD.labels(why.code).inc()
            self._tell(order, OrderStatus.WITHHELD, why)

    async def _tried(self, order: Order) -> Why | None:
        """Send until the broker has answered; say why it is given up, if it is."""
        waits, tries = self.pace.waits(), 0
        held: Why | None = None
        while (why := self._why_not(order, tries)) is None:
            if order.broker_order_id:
                return None  # the stream or a reconciliation told of it meanwhile
            if held := frozen(self.ledger.book, order):
                await asyncio.sleep(self.pace.first)
                continue
            sent = await self._submit(order)
            if sent is Sent.ANSWERED or (sent is Sent.DOUBTFUL and await self._is_found(order, tries + 1)):
                return None
            tries += 1
            if sent is Sent.NOTHING:
                await asyncio.sleep(next(waits))
        return held or why

    async def resume(self, order: Order) -> None:
        """Ask for an order that may have been sent before a restart; send it only when it surely was not."""
        if not await self._is_found(order, tries=0):
            await self.place(order)

    def _why_not(self, order: Order, tries: int) -> Why | None:
        if why := withheld(self.ledger.book, order, self.now()):
            return why
        if order.purpose is Purpose.ENTRY and tries > self.max_retries:
            return Why(UNAVAILABLE, f"the broker took nothing in {tries} tries")
        return None

    async def _submit(self, order: Order) -> Sent:
        telling = asyncio.get_running_loop().call_later(self.pace.patience, self._tell_in_flight, order)
        try:
            return await self._sent(order)
        finally:
            telling.cancel()

    def _tell_in_flight(self, order: Order) -> None:
        # The approval in the log is the intent; this only tells others of an answer that takes its time.
        if order.n == 0:
            self._tell(order, OrderStatus.SUBMITTING)

    async def _sent(self, order: Order) -> Sent:
        send = self.calls.broker.submit
        try:
            with metrics.SUBMIT_SECONDS.time():
                seen = await self.calls(PRIORITY[order.purpose], send, ticket(order))
        except BrokerUnavailableError as e:
            self._log("submit not taken", order, e)
            return Sent.NOTHING
        except OutcomeUnknownError as e:
            self._log("submit without an answer", order, e)
            return self._doubt(order)
        except OrderRefusedError as e:
            return await self._refused(order, e)
        metrics.SUBMITTED.labels(order.purpose).inc()
        self.ledger.hear(seen)
        return Sent.ANSWERED

    def _doubt(self, order: Order) -> Sent:
        if order.broker_order_id:
            return Sent.ANSWERED  # the stream told of it meanwhile
        metrics.UNKNOWN.labels(order.purpose).inc()
        if order.status is OrderStatus.SUBMITTING:
            self._tell(order, OrderStatus.UNKNOWN)
        return Sent.DOUBTFUL

    async def _refused(self, order: Order, error: OrderRefusedError) -> Sent:
        """Book a refusal, unless the broker only refuses because it has the order already."""
        if error.duplicate and await self._asked(order, lambda: self.pace.duplicate):
            return Sent.ANSWERED
        metrics.REJECTED.labels(order.purpose).inc()
        self._tell(order, OrderStatus.REJECTED, Why(error.code, error.reason))
        return Sent.ANSWERED

    async def _is_found(self, order: Order, tries: int) -> bool:
        """Ask until the broker answers; a no counts only after a while, a longer one where the order is given up."""

        def patience() -> float:
            given_up = self._why_not(order, tries) is not None
            return self.pace.abandoned if given_up else self.pace.absent

        return await self._asked(order, patience)

    async def _asked(self, order: Order, patience: Callable[[], float]) -> bool:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for wait in self.pace.waits():
            try:
                seen = await self.calls(
                    PRIORITY[order.purpose], self.calls.broker.order_by_client_id, order.client_order_id
                )
            except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
                self._log("no answer about an order", order, e)
            else:
                if seen is not None:
                    return self.ledger.hear(seen)
                if loop.time() - begun >= patience():
                    return False
            # With nothing told of it, it was most likely never sent, and its symbol is not frozen for that.
            if order.n and order.status is OrderStatus.SUBMITTING and not order.broker_order_id:
                self._tell(order, OrderStatus.UNKNOWN)
            await asyncio.sleep(min(wait, self.pace.absent))
            if order.broker_order_id:
                return True  # the stream or a reconciliation told of it meanwhile
        raise AssertionError("waits never end")

    def _tell(self, order: Order, status: OrderStatus, why: Why | None = None) -> None:
        self.ledger.tell([changed(self.ledger.book.account, order, status, self.now(), why)])

    def _log(self, event: str, order: Order, error: Exception) -> None:
        logger("desk").warning(event, client_order_id=order.client_order_id, symbol=order.symbol, error=str(error))


def ticket(order: Order) -> Ticket:
    return Ticket(
        client_order_id=order.client_order_id, symbol=order.symbol, side=order.side, qty=order.qty, type=order.type,
        time_in_force=order.time_in_force, order_class=OrderClass.OCO if order.oco else OrderClass.SIMPLE,
        limit_price=None if order.oco else order.limit_price, stop_price=None if order.oco else order.stop_price,
        take_profit=order.limit_price if order.oco else None, stop_loss=order.stop_price if order.oco else None,
    )  # fmt: skip
