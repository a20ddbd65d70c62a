"""The way out of a process: a few appends in flight, what is queued meanwhile goes into the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from chassis.log import Fate, Log, Outcome
from chassis.telemetry import APPENDED
from contracts.log import Fact, subject

BATCH = 500
"""Facts of one append; the server allows 1,000 in an atomic batch."""
IN_FLIGHT = 4
"""Appends at once: enough that a fact need not wait for another's answer, few enough that load makes batches."""
REORDERED = (IN_FLIGHT - 1) * BATCH
"""How far a fact may stand from its place in the order, where a server lost one and took the next."""

Pending = tuple[Fact, asyncio.Future[Outcome] | None]


class DivergedError(Exception):
    """Another instance stored something else where a fact of ours belongs: start anew from the log."""


class Publisher:
    """The way out of a process, in order. `run` it as a task; its failure must end the process."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: deque[Pending] = deque()
        self._queued = 0
        self._flying: set[asyncio.Task[None]] = set()
        self._due = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __len__(self) -> int:
        return self._queued

    def put(self, facts: Sequence[Fact]) -> None:
        """Queue facts that follow from the log alone: if something else stands in their place, `run` fails."""
        self._queue([(fact, None) for fact in facts])

    def offer(self, fact: Fact) -> asyncio.Future[Outcome]:
        """Queue a fact at once; the future will say what became of it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue([(fact, future)])
        return future

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        """Queue facts and wait until it is certain what became of each."""
        return await asyncio.gather(*map(self.offer, facts))

    async def flush(self) -> None:
        """Wait until everything queued so far stands."""
        await self._idle.wait()

    async def run(self) -> None:
        """Return never; raise what the first append that failed raised."""
        try:
            await self._failed
        finally:
            for task in self._flying:
                task.cancel()
            await asyncio.gather(*self._flying, return_exceptions=True)

    def _queue(self, waiting: Sequence[Pending]) -> None:
        self._waiting.extend(waiting)
        self._queued += len(waiting)
        if waiting:
            self._idle.clear()
            self._soon()

    def _soon(self) -> None:
        # At the end of this turn of the loop: what is queued in one turn goes out together.
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._flow)

    def _flow(self) -> None:
        self._due = False
        while self._waiting and len(self._flying) < IN_FLIGHT and not self._failed.done():
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            task = asyncio.create_task(self._append(batch))
            self._flying.add(task)
            task.add_done_callback(self._landed)

    async def _append(self, batch: list[Pending]) -> None:
        outcomes = await self._log.append([fact for fact, _ in batch])
        APPENDED.inc(len(batch))
        for (fact, future), outcome in zip(batch, outcomes, strict=True):
            _tell(fact, future, outcome)
        self._queued -= len(batch)
        if not self._queued:
            self._idle.set()

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is None:
            self._flow()
        elif not self._failed.done():
            self._failed.set_exception(error)


def _tell(fact: Fact, future: asyncio.Future[Outcome] | None, outcome: Outcome) -> None:
    if future is not None:
        if not future.done():
            future.set_result(outcome)
    elif outcome.fate is Fate.CONFLICT:
        raise DivergedError(f"sequence {outcome.sequence} holds something else than {subject(fact.body)}")
