"""What one process has of the world; when it is killed, nothing of it passes any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar, cast

from msgspec import Struct

from chassis.log import Log, Outcome, RawRecord
from contracts.log import Fact, Record
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError

T = TypeVar("T")
Seconds = Callable[[], float]
TICK = 1e-6


class Latency(Struct):
    """How long it takes to the log, and to the broker, one way."""

    append: Seconds
    call: Seconds


class Wire:
    """A process' log and its broker calls.

    What was sent before the kill still arrives, as on a real network: an append stands, a submit is an order.
    """

    def __init__(self, log: Log, latency: Latency) -> None:
        self._log, self._latency = log, latency
        self._arrives = 0.0
        self._cut = False

    def cut(self) -> None:
        self._cut = True

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        # One connection keeps its order, however long each takes.
        now = asyncio.get_running_loop().time()
        self._arrives = max(self._arrives + TICK, now + self._latency.append())
        if self._arrives > now + TICK:
            await asyncio.sleep(self._arrives - now)
        await self._alive()
        outcomes = await self._log.append(facts)
        if seconds := self._latency.append():
            await asyncio.sleep(seconds)
        await self._alive()
        return outcomes

    def read(self, subjects: Sequence[str], after: int = 0, until: int | None = None) -> AsyncIterator[list[Record]]:
        return self._log.read(subjects, after, until)

    def raw(self, subjects: Sequence[str], after: int = 0, until: int | None = None) -> AsyncIterator[list[RawRecord]]:
        return self._log.raw(subjects, after, until)

    async def head(self) -> int:
        return await self._log.head()

    async def identity(self) -> str:
        await self._alive()
        return await self._log.identity()

    async def last(self, subject: str) -> Record | None:
        return await self._log.last(subject)

    async def perform(self, call: Callable[[], T], /) -> T:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if answered.done() or self._cut:
                return
            if error is not None:
                answered.set_exception(error)
            else:
                answered.set_result(cast("T", result))

        def arrive() -> None:
            back = self._latency.call()
            try:
                result = call()
            except (BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError) as e:
                loop.call_later(back, settle, None, e)
            else:
                loop.call_later(back, settle, result, None)

        loop.call_later(self._latency.call(), arrive)
        return await answered

    async def _alive(self) -> None:
        if self._cut:
            await asyncio.Event().wait()
