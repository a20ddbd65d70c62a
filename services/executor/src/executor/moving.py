"""Raise the stop of one protection: ask for it, and where the answer is lost, look before it is asked for again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import islice

from msgspec import Struct

from chassis.telemetry import logger
from contracts.lifecycle import OPEN
from executor.book import Book
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.core import NO_STOP, UNAVAILABLE, UNSUPPORTED, changed
from executor.groups import members, stop_of
from executor.ledger import Ledger
from executor.looking import Looking
from executor.pace import Pace
from executor.stops import Why

TRIES = 8
"""Some twenty seconds; then it is told that the stop stays, and whoever wanted it raised asks again if that is so."""


class Moving(Struct, frozen=True):
    """Each wish ends in a fact: the stop is told of at its new price, or once more as it was, with the reason."""

    ledger: Ledger
    calls: Calls
    pace: Pace

    async def move(self, group: str, *, resumed: bool = False) -> None:
        """Ask once; a resumed one, which may have been asked for, is looked at before that."""
        can = self.calls.broker.capabilities.replace
        why = await self._tried(group, looks=resumed) if can else Why(UNSUPPORTED, "the broker changes no orders")
        if why is not None and group in self._book.moves:
            self._tell_no(group, why)

    @property
    def _book(self) -> Book:
        return self.ledger.book

    async def _tried(self, group: str, *, looks: bool) -> Why | None:
        """Say why it did not come about; None also where it is wanted no more."""
        for wait in islice(self.pace.waits(), TRIES):
            if group not in self._book.moves:
                return None
            try:
                if looks or stop_of(self._book.orders, group) is None:
                    await self._look(group)
                looks = True
                # A broker may show an order for a moment as it was before.
                if (why := await self._asked(group)) is not None or group not in self._book.moves:
                    return why
            except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
                logger("desk").warning("stop not raised", client_order_id=group, error=str(e))
            await asyncio.sleep(wait)
        return Why(UNAVAILABLE, f"the broker raised no stop in {TRIES} tries")

    async def _asked(self, group: str) -> Why | None:
        stop, price = stop_of(self._book.orders, group), self._book.moves.get(group)
        if stop is None or price is None:
            return Why(NO_STOP, "no stop is known to rest")
        try:
            seen = await self.calls.replace(
                Priority.PROTECT, stop.broker_order_id, price, lambda: group in self._book.moves
            )
        except OrderRefusedError as e:
            # Mostly it has filled, or somebody else has changed it: the broker's word on it comes before the no.
            with suppress(BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError):
                await self._look(group)
            return Why(e.code, e.reason)
        if seen is not None:
            self.ledger.hear(seen)
        return None

    async def _look(self, group: str) -> None:
        """Hear how a protection stands, and of what took the place of its stop."""
        orders = self._book.orders
        newest = stop_of(orders, group) or next(reversed(members(orders, group)), None)
        if newest is not None:
            await Looking(self.ledger, self.calls, Priority.PROTECT).at(newest)

    def _tell_no(self, group: str, why: Why) -> None:
        orders = self._book.orders
        left = [order for order in members(orders, group) if order.status in OPEN]
        one = stop_of(orders, group) or next(iter(left), None)
        if one is not None:
            # The broker's clock dates what it says, and this is no change of the order.
            self.ledger.tell([changed(self._book.account, one, one.status, one.at, why)])
