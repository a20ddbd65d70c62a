"""Run a decider on the log: catch up on what is decided, then decide."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from chassis import snapshots, telemetry
from chassis.decider import Decider
from chassis.log import Log
from chassis.publish import Publisher
from chassis.recorded import Recorded
from contracts.log import Fact, Record

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


class Numbered(Struct, Generic[S]):
    """A state and how many outputs led to it: what a snapshot of a decider holds."""

    outputs: int
    state: S


class _Run(Generic[S]):
    def __init__(self, decider: Decider[S], log: Log, store: snapshots.Store, publisher: Publisher) -> None:
        self.decider, self.log, self.store, self.publisher = decider, log, store, publisher
        self.now = Numbered(0, decider.initial())
        self.kind = Numbered[type(self.now.state)]
        self.service = decider.name.partition(".")[0]
        self.sequence = 0
        self.saved_at, self.saved_sequence, self.inputs = time.monotonic(), 0, 0

    async def follow(self, ready: Callable[[], None]) -> None:
        if kept := await snapshots.load(self.store, self.decider.name, self.log, self.kind):
            self.sequence, self.now = kept
            self.saved_sequence = self.sequence
        recorded = await Recorded.of(self.decider.outputs, self.log, self.sequence)
        if await recorded.is_over():
            ready()
        try:
            async for chunk in self.log.read(self.decider.inputs, self.sequence):
                for record in chunk:
                    await self._take(record, recorded)
                if await recorded.is_over():
                    ready()
                await self._pause()
        except asyncio.CancelledError:
            await self._leave()
            raise

    async def _take(self, record: Record, recorded: Recorded) -> None:
        # Market data ages out of the log; what was decided on it stands.
        for output in await recorded.until(record.sequence - 1):
            self._evolve(output)
        # An input that was decided before is never decided again, or new rules would rewrite old verdicts.
        decided = await recorded.has_decided(record.sequence)
        if not decided or await recorded.lacks(self.now.outputs + 1, record.sequence):
            self._decide(record)
        else:
            outputs = await recorded.until(record.sequence)
            self.now.state = self.decider.evolve(self.now.state, record.body)
            for output in outputs:
                self._evolve(output)
        self.sequence = record.sequence
        self.inputs += 1

    def _evolve(self, output: Record) -> None:
        # What was published again to fill a hole stands behind its place and is known already.
        if output.number > self.now.outputs:
            self.now.outputs = output.number
            self.now.state = self.decider.evolve(self.now.state, output.body)

    def _decide(self, record: Record) -> None:
        outputs = self.decider.decide(self.now.state, record.body)
        self.now.state = self.decider.evolve(self.now.state, record.body)
        facts: list[Fact] = []
        for body in outputs:
            self.now.state = self.decider.evolve(self.now.state, body)
            self.now.outputs += 1
            trace = telemetry.span(f"{self.service} {type(body).__name__}", record.trace)
            facts.append(Fact(body, record.sequence, trace, self.now.outputs))
        if facts:
            self.publisher.put(facts)
        telemetry.DECIDED.inc()

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
            await snapshots.save(self.store, self.decider.name, self.log, self.sequence, self.now, self.kind)
            self.saved_sequence = self.sequence

    async def _leave(self) -> None:
        # A log that cannot be reached must not hold up the way out: the log will rebuild the state.
        try:
            await asyncio.wait_for(self._save(), timeout=3)
        except TimeoutError:
            telemetry.logger("run").warning("left without a snapshot", sequence=self.sequence)
