"""Broker calls off the event loop: each waits for its turn, then runs in a worker thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import ParamSpec, Protocol, TypeVar

from executor.brokers.broker import (
    Allowance,
    Broker,
    BrokerOrder,
    BrokerUnavailableError,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from executor.budget import SLOTS, Budget, Priority
from executor.lines import CallLine
from executor.pace import Pace

READ_SECONDS = 3.0
"""So long a question is asked again: four times where a broker fails quickly, once where it does not answer at all."""

P = ParamSpec("P")
T = TypeVar("T")


class LeaseLostError(Exception):
    """Another executor may act for this account: this one must not ask the broker for anything."""


class Perform(Protocol):
    """Runs a blocking call somewhere and gives its result."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]: ...


class Threads:
    """Worker threads; as many as the budget lets be busy at once, so that no call waits behind another."""

    def __init__(self, name: str, most: int = SLOTS) -> None:
        self._pool = ThreadPoolExecutor(most, name)

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, call)

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class Calls:
    """The only way to the broker. `is_held` says whether this process may still act for the account."""

    def __init__(self, broker: Broker, budget: Budget, perform: Perform, is_held: Callable[[], bool]) -> None:
        self.broker = broker
        self.budget, self._perform, self._is_held = budget, perform, is_held
        self._heard: Allowance | None = None
        self.line = CallLine()

    async def __call__(self, priority: Priority, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self.budget.turn(priority):
            return await self._made(lambda: call(*args, **kwargs))

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask a question of a reading that consists of many, again for a while: one without an answer spoils all."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for wait in Pace().waits():
            try:
                return await self(Priority.READ, call, *args, **kwargs)
            except (BrokerUnavailableError, OutcomeUnknownError):
                if loop.time() + wait - begun > READ_SECONDS:
                    raise
            await asyncio.sleep(wait)
        raise AssertionError("waits never end")

    async def submit(self, priority: Priority, ticket: Ticket, is_wanted: Callable[[], bool]) -> BrokerOrder | None:
        """Send an order; give None where it is wanted no more when its turn has come."""
        async with self.budget.turn(priority):
            return await self._made(lambda: self.broker.submit(ticket)) if is_wanted() else None

    async def replace(
        self, priority: Priority, broker_order_id: str, stop_price: Decimal, is_wanted: Callable[[], bool]
    ) -> BrokerOrder | None:
        """Change a stop; give None where that is wanted no more when its turn has come."""
        async with self.budget.turn(priority):
            return await self._made(lambda: self.broker.replace(broker_order_id, stop_price)) if is_wanted() else None

    async def _made(self, call: Callable[[], T]) -> T:
        if not self._is_held():
            raise LeaseLostError("the lease of this account is not ours any more")
        try:
            with self.line.timed((BrokerUnavailableError, OutcomeUnknownError), (OrderRefusedError,)):
                return await self._perform(call)
        except BrokerUnavailableError as e:
            if e.after:
                self.budget.pause(e.after)
            raise
        finally:
            # A call without an answer brings no news of the limit.
            if (allowance := self.broker.allowance) is not None and allowance is not self._heard:
                self._heard = allowance
                self.budget.heard(allowance)
