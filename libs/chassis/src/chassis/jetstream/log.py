"""The log over a JetStream stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from chassis.jetstream import api
from chassis.jetstream.append import Appender
from chassis.jetstream.connection import Connection, UnansweredError
from chassis.jetstream.reader import CAUSE, NUMBER, TRACE, read_raw
from chassis.log import Outcome, RawRecord
from chassis.reading import Parking, decoded
from contracts.log import STREAM, Fact, Record

RETRY_SECONDS = 0.25


class JetStreamLog:
    def __init__(self, connection: Connection, stream: str = STREAM) -> None:
        self.connection = connection
        self._stream = stream
        self._appender = Appender(connection, stream)
        self._parking = Parking(connection.service, self)
        self._identity = ""

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        return await self._appender.append(facts)

    def raw(self, subjects: Sequence[str], after: int = 0, until: int | None = None) -> AsyncIterator[list[RawRecord]]:
        return read_raw(self.connection, self._stream, tuple(subjects), after, until)

    async def read(
        self, subjects: Sequence[str], after: int = 0, until: int | None = None
    ) -> AsyncIterator[list[Record]]:
        async for chunk in self.raw(subjects, after, until):
            if records := await decoded(chunk, self._parking):
                yield records

    async def head(self) -> int:
        return (await self._info()).state.last_seq

    async def identity(self) -> str:
        if not self._identity:
            self._identity = (await self._info()).created
        return self._identity

    async def last(self, subject: str) -> Record | None:
        found = await self._patiently_last(subject)
        if found is None:
            return None
        headers = found.headers()
        raw = RawRecord(
            found.seq,
            found.time,
            found.subject,
            found.payload(),
            int(headers.get(CAUSE, "0")),
            headers.get(TRACE, ""),
            int(headers.get(NUMBER, "0")),
        )
        records = await decoded([raw], self._parking)
        return records[0] if records else None

    async def _patiently_last(self, subject: str) -> api.StoredMessage | None:
        while True:
            try:
                return await api.last_message(self.connection, self._stream, subject)
            except UnansweredError:
                await asyncio.sleep(RETRY_SECONDS)

    async def _info(self) -> api.StreamInfo:
        while True:
            try:
                return await api.stream_info(self.connection, self._stream)
            except UnansweredError:
                await asyncio.sleep(RETRY_SECONDS)
