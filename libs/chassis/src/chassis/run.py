"""Run a decider on the log: catch up on what is decided, then decide, one batch in flight."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from msgspec import Struct

from chassis import snapshots, telemetry
from chassis.decider import Decider
from chassis.log import Log
from chassis.publish import Publisher
from contracts.log import Fact, Message, Record

S = TypeVar("S", bound=Struct)

SNAPSHOT_SECONDS = 10.0
SNAPSHOT_INPUTS = 10_000
BACKLOG = 5_000
"""Facts waiting to be stored, above which reading waits."""


async def run(
    decider: Decider[S],
    log: Log,
    store: snapshots.Store,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Read on for ever. `ready` is called once everything that was decided before has been read.

    When cancelled, it lets what is decided reach the log and leaves a snapshot.
    """
    publisher = Publisher(log)
    publishing = asyncio.create_task(publisher.run())
    following = asyncio.create_task(_Run(decider, log, store, publisher).follow(ready))
    try:
        await asyncio.wait((publishing, following), return_when=asyncio.FIRST_COMPLETED)
        for task in (publishing, following):
            if task.done():
                task.result()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)


class _Run(Generic[S]):
    def __init__(self, decider: Decider[S], log: Log, store: snapshots.Store, publisher: Publisher) -> None:
        self.decider, self.log, self.store, self.publisher = decider, log, store, publisher
        self.state = decider.initial()
        self.sequence = 0
        self.saved_at, self.saved_sequence, self.inputs = time.monotonic(), 0, 0

    async def follow(self, ready: Callable[[], None]) -> None:
        if kept := await snapshots.load(self.store, self.decider.name, self.log, type(self.state)):
            self.sequence, self.state = kept
            self.saved_sequence = self.sequence
        decided, recorded = await self._recorded()
        if decided <= self.sequence:
            ready()
        try:
            async for chunk in self.log.read(self.decider.inputs, self.sequence):
                for record in chunk:
                    if record.sequence > decided:
                        await self._catch_up(recorded, decided)
                        self._decide(record)
                    else:
                        await self._repeat(record, recorded)
                if self.sequence >= decided:
                    ready()
                await self._pause()
        except asyncio.CancelledError:
            await self._leave()
            raise

    async def _recorded(self) -> tuple[int, _Recorded]:
        """Find how far this service has decided, and its outputs to the inputs that the state has not seen."""
        lasts = [last for subject in self.decider.outputs if (last := await self.log.last(subject))]
        decided = max((last.cause for last in lasts), default=0)
        until = max((last.sequence for last in lasts), default=0)
        outputs = self.log.read(self.decider.outputs, self.sequence, until)
        return decided, _Recorded(outputs, self.sequence)

    async def _repeat(self, record: Record, recorded: _Recorded) -> None:
        # An input that was decided before is never decided again, or new rules would rewrite old verdicts.
        await self._catch_up(recorded, record.sequence - 1)
        outputs = await recorded.until(record.sequence)
        self.state = self.decider.evolve(self.state, record.body)
        for output in outputs:
            self.state = self.decider.evolve(self.state, output.body)
        self._seen(record)

    async def _catch_up(self, recorded: _Recorded, sequence: int) -> None:
        # Market data ages out of the log; what was decided on it stands.
        for output in await recorded.until(sequence):
            self.state = self.decider.evolve(self.state, output.body)

    def _decide(self, record: Record) -> None:
        outputs = self.decider.decide(self.state, record.body)
        self.state = self.decider.evolve(self.state, record.body)
        for body in outputs:
            self.state = self.decider.evolve(self.state, body)
        if outputs:
            self.publisher.put([self._fact(body, record) for body in outputs])
        telemetry.DECIDED.inc()
        self._seen(record)

    def _fact(self, body: Message, cause: Record) -> Fact:
        name = f"{self.decider.name} {type(body).__name__}"
        return Fact(body, cause.sequence, telemetry.span(name, cause.trace))

    def _seen(self, record: Record) -> None:
        self.sequence = record.sequence
        self.inputs += 1

    async def _pause(self) -> None:
        """Between chunks: let a backlog shrink, and leave a snapshot now and then."""
        telemetry.SEQUENCE.set(self.sequence)
        if len(self.publisher) > BACKLOG:
            await self.publisher.flush()
        if self.inputs >= SNAPSHOT_INPUTS or time.monotonic() - self.saved_at > SNAPSHOT_SECONDS:
            await self._save()

    async def _save(self) -> None:
        # Only once every output stands: a snapshot says that its inputs are decided.
        await self.publisher.flush()
        self.saved_at, self.inputs = time.monotonic(), 0
        if self.sequence > self.saved_sequence:
            await snapshots.save(self.store, self.decider.name, self.log, self.sequence, self.state)
            self.saved_sequence = self.sequence

    async def _leave(self) -> None:
        # A log that cannot be reached must not hold up the way out: the log will rebuild the state.
        try:
            await asyncio.wait_for(self._save(), timeout=3)
        except TimeoutError:
            telemetry.logger("run").warning("left without a snapshot", sequence=self.sequence)


class _Recorded:
    """A service's own outputs to inputs after a sequence, in the order of their causes."""

    def __init__(self, outputs: AsyncIterator[list[Record]], after: int) -> None:
        self._outputs = outputs
        self._after = after
        self._ahead: deque[Record] = deque()
        self._ended = False

    async def until(self, cause: int) -> list[Record]:
        """Take the outputs whose cause is at most `cause`."""
        taken: list[Record] = []
        while await self._filled() and self._ahead[0].cause <= cause:
            taken.append(self._ahead.popleft())
        return taken

    async def _filled(self) -> bool:
        while not self._ahead and not self._ended:
            chunk = await anext(self._outputs, None)
            self._ended = chunk is None
            self._ahead.extend(r for r in chunk or () if r.cause > self._after)
        return bool(self._ahead)
