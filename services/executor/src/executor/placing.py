"""Place one order, once: send it, and where the answer is lost, ask before anything is sent again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto

from msgspec import Struct

from chassis.telemetry import logger
from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, Purpose
from contracts.values import plain
from executor import metrics
from executor.asking import PRIORITY, Asking
from executor.brokers.broker import (
    BrokerUnavailableError,
    Capabilities,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from executor.calls import Calls
from executor.core import EXTENDED_HOURS, FRACTIONAL, NEVER_ARRIVED, UNAVAILABLE, changed, frozen, withheld
from executor.ledger import Ledger
from executor.order import Order
from executor.pace import Pace
from executor.stops import Why
from executor.tickets import ticket


class Sent(Enum):
    """What came of a submit."""

    SETTLED = auto()
    """The broker has answered for the order."""
    NOTHING = auto()
    """It took nothing, by proof."""
    UNKNOWN = auto()
    """Nobody knows."""
    FRACTION = auto()
    """It takes whole shares of this asset only."""


class Placing(Struct, frozen=True):
    """`now` is market time. `max_retries` bounds how often an entry is sent again; exits are sent until they stand.

    A broker that refuses an id which it knows is sent an order again once it has denied it for a while. Any other
    broker is never sent one that it may have: that it may be sent stands in the log before it is, and from there on it
    is asked for until it is found.
    """

    ledger: Ledger
    calls: Calls
    now: Callable[[], datetime]
    pace: Pace
    max_retries: int

    async def place(self, order: Order) -> None:
        """Send an order that was never sent; return once the broker has said what became of it."""
        why = await self._tried(order, whole=not self._can.fractional)
        if why is not None and not order.broker_order_id:
            metrics.WITHHELD.labels(why.code).inc()
            # Should the person be wrong, its fills can still be told of.
            is_given_up = why.code == NEVER_ARRIVED
            self._tell(order, OrderStatus.CANCELED if is_given_up else OrderStatus.WITHHELD, why)

    async def resume(self, order: Order) -> None:
        """Ask for an order that may have been sent before a restart; send it only when it surely was not."""
        surely_not = order.n == 0 and not self._can.unique_client_ids
        if surely_not or not await self._is_found(order, tries=0):
            await self.place(order)

    @property
    def _can(self) -> Capabilities:
        return self.calls.broker.capabilities

    @property
    def _asking(self) -> Asking:
        return Asking(self.ledger, self.calls, self.now, self.pace)

    async def _tried(self, order: Order, *, whole: bool) -> Why | None:
        """Send until the broker has answered; say why it is given up, if it is."""
        wanted = ticket(order, self._can, whole=whole)
        if not wanted.qty:
            return Why(FRACTIONAL, f"the broker takes whole shares only, and these are {plain(order.qty)}")
        if wanted.extended_hours and not self._can.extended_hours:
            return Why(EXTENDED_HOURS, "the broker trades neither before nor after the hours")
        waits, tries = self.pace.waits(), 0
        while (why := await self._held_back(order, tries)) is None:
            if order.broker_order_id:
                return None  # the stream or a reconciliation told of it meanwhile
            sent = await self._submit(order, wanted)
            tries += 1
            if sent is Sent.SETTLED or (sent is Sent.UNKNOWN and await self._is_found(order, tries)):
                return None
            if sent is Sent.FRACTION:
                return await self._tried(order, whole=True)
            if sent is Sent.NOTHING:
                await asyncio.sleep(next(waits))
        return why

    async def _held_back(self, order: Order, tries: int) -> Why | None:
        """Wait while the order has to; say why it must not be sent any more, if it must not."""
        held: Why | None = None
        while (why := self._why_not(order, tries)) is None and not order.broker_order_id:
            held = frozen(self.ledger.book, order)
            if held is None:
                return None
            await asyncio.sleep(self.pace.first)
        return why and (held or why)

    def _why_not(self, order: Order, tries: int) -> Why | None:
        if reason := self.ledger.book.given_up.get(order.client_order_id):
            return Why(NEVER_ARRIVED, reason)
        if why := withheld(self.ledger.book, order, self.now()):
            return why
        if order.purpose is Purpose.ENTRY and tries > self.max_retries:
            return Why(UNAVAILABLE, f"the broker took nothing in {tries} tries")
        return None

    def _is_wanted(self, order: Order) -> bool:
        book = self.ledger.book
        return withheld(book, order, self.now()) is None and frozen(book, order) is None

    async def _submit(self, order: Order, wanted: Ticket) -> Sent:
        if order.n == 0 and not self._can.unique_client_ids:
            await self.ledger.stand(self._changed(order, OrderStatus.SUBMITTING))
        telling = asyncio.get_running_loop().call_later(self.pace.patience, self._tell_in_flight, order)
        try:
            return await self._sent(order, wanted)
        finally:
            telling.cancel()

    def _tell_in_flight(self, order: Order) -> None:
        # The approval in the log is the intent; this only tells others of an answer that takes its time.
        if order.n == 0:
            self._tell(order, OrderStatus.SUBMITTING)

    async def _sent(self, order: Order, wanted: Ticket) -> Sent:
        try:
            with metrics.SUBMIT_SECONDS.time():
                seen = await self.calls.submit(PRIORITY[order.purpose], wanted, lambda: self._is_wanted(order))
        except BrokerUnavailableError as e:
            self._log("submit not taken", order, e)
            return Sent.NOTHING
        except OutcomeUnknownError as e:
            self._log("submit without an answer", order, e)
            return self._doubt(order)
        except OrderRefusedError as e:
            return await self._refused(order, wanted, e)
        if seen is None:
            return Sent.NOTHING
        metrics.SUBMITTED.labels(order.purpose).inc()
        self.ledger.hear(seen)
        return Sent.SETTLED

    def _doubt(self, order: Order) -> Sent:
        if order.broker_order_id:
            return Sent.SETTLED  # the stream told of it meanwhile
        metrics.UNKNOWN.labels(order.purpose).inc()
        if order.status is OrderStatus.SUBMITTING:
            self._tell(order, OrderStatus.UNKNOWN)
        return Sent.UNKNOWN

    async def _refused(self, order: Order, wanted: Ticket, error: OrderRefusedError) -> Sent:
        """Book a refusal, unless the broker only refuses because it has the order already, or only the fraction."""
        if error.duplicate and await self._asking.found(order, lambda: self.pace.duplicate):
            return Sent.SETTLED
        if error.whole_only and (wanted.notional is not None or wanted.qty % 1):
            return Sent.FRACTION
        metrics.REJECTED.labels(order.purpose).inc()
        self._tell(order, OrderStatus.REJECTED, Why(error.code, error.reason))
        return Sent.SETTLED

    async def _is_found(self, order: Order, tries: int) -> bool:
        """Ask for it; a no counts only after a while, a longer one where it is given up.

        It never counts where a second order would be taken too, unless a person has looked there.
        """

        def patience() -> float:
            if order.client_order_id in self.ledger.book.given_up:
                return 0.0
            if not self._can.unique_client_ids:
                return math.inf
            given_up = self._why_not(order, tries) is not None
            return self.pace.abandoned if given_up else self.pace.absent

        return await self._asking.found(order, patience)

    def _tell(self, order: Order, status: OrderStatus, why: Why | None = None) -> None:
        self.ledger.tell([self._changed(order, status, why)])

    def _changed(self, order: Order, status: OrderStatus, why: Why | None = None) -> OrderChanged:
        return changed(self.ledger.book.account, order, status, self.now(), why)

    def _log(self, event: str, order: Order, error: Exception) -> None:
        logger("desk").warning(event, client_order_id=order.client_order_id, symbol=order.symbol, error=str(error))
