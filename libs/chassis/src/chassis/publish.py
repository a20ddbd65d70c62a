"""One publish in flight: what is decided meanwhile goes into the next atomic batch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from chassis.log import Fate, Log, Outcome
from chassis.telemetry import APPENDED
from contracts.log import Fact, subject

BATCH = 500
"""Facts of one atomic batch; the server allows 1,000."""


class DivergedError(Exception):
    """Another instance stored something else where a fact of ours belongs: start anew from the log."""


class Publisher:
    """The way out of a process, in order. `run` it as a task; its failure must end the process."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: deque[tuple[Fact, asyncio.Future[Outcome] | None]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, facts: Sequence[Fact]) -> None:
        """Queue facts that follow from the log alone: if something else stands in their place, `run` fails."""
        self._queue((fact, None) for fact in facts)

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        """Queue facts and wait until it is certain what became of each."""
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Outcome]] = [loop.create_future() for _ in facts]
        self._queue(zip(facts, futures, strict=True))
        return await asyncio.gather(*futures)

    async def flush(self) -> None:
        """Wait until everything queued so far stands."""
        await self._idle.wait()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                outcomes = await self._log.append([fact for fact, _ in batch])
                APPENDED.inc(len(batch))
                for (fact, future), outcome in zip(batch, outcomes, strict=True):
                    _tell(fact, future, outcome)
            self._idle.set()

    def _queue(self, waiting: Iterable[tuple[Fact, asyncio.Future[Outcome] | None]]) -> None:
        self._waiting.extend(waiting)
        if self._waiting:
            self._idle.clear()
            self._wake.set()


def _tell(fact: Fact, future: asyncio.Future[Outcome] | None, outcome: Outcome) -> None:
    if future is not None:
        if not future.done():
            future.set_result(outcome)
    elif outcome.fate is Fate.CONFLICT:
        raise DivergedError(f"sequence {outcome.sequence} holds something else than {subject(fact.body)}")
