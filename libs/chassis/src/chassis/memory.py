"""The log over a list: for tests and replay, held to the same suite as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from chassis.log import Fate, Outcome, RawRecord
from chassis.reading import Parking, decoded, fits
from contracts.channels import guard
from contracts.log import Fact, Record, encode, subject


class MemoryLog:
    """A log of one process. `clock` gives the time that records carry; `writer` is who parks what it cannot read."""

    def __init__(self, writer: str = "audit", clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.records: list[RawRecord] = []
        self._standing: dict[str, RawRecord] = {}
        self._grew = asyncio.Event()
        self._clock = clock
        self._parking = Parking(writer, self)

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        return [self._append(fact) for fact in facts]

    def _append(self, fact: Fact) -> Outcome:
        name, data = subject(fact.body), encode(fact.body)
        guarded = guard(name)
        if guarded and (standing := self._standing.get(guarded)):
            same = standing.subject == name and standing.data == data
            return Outcome(Fate.STOOD if same else Fate.CONFLICT, standing.sequence)
        return Outcome(Fate.STORED, self.store(name, data, fact.cause, fact.trace, fact.number).sequence)

    def store(self, name: str, data: bytes, cause: int = 0, trace: str = "", number: int = 0) -> RawRecord:
        """Store bytes under a subject as another program on the bus would."""
        record = RawRecord(len(self.records) + 1, self._clock(), name, data, cause, trace, number)
        self.records.append(record)
        if guarded := guard(name):
            self._standing[guarded] = record
        self._grew.set()
        self._grew = asyncio.Event()
        return record

    async def raw(
        self, subjects: Sequence[str], after: int = 0, until: int | None = None
    ) -> AsyncIterator[list[RawRecord]]:
        position = after
        while until is None or position < until:
            grew = self._grew
            end = len(self.records) if until is None else min(until, len(self.records))
            fresh = [r for r in self.records[position:end] if fits(subjects, r.subject)]
            position = max(position, end)
            if fresh:
                yield fresh
            elif until is not None:
                return
            else:
                await grew.wait()

    async def read(
        self, subjects: Sequence[str], after: int = 0, until: int | None = None
    ) -> AsyncIterator[list[Record]]:
        async for chunk in self.raw(subjects, after, until):
            if records := await decoded(chunk, self._parking):
                yield records

    async def head(self) -> int:
        return len(self.records)

    async def identity(self) -> str:
        return f"memory-{id(self)}"

    async def last(self, subject: str) -> Record | None:
        found = next((r for r in reversed(self.records) if fits((subject,), r.subject)), None)
        return None if found is None else (await decoded([found], self._parking))[0]
