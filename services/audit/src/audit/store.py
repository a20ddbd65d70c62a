"""The table of records: open it as its only writer, append, say how far it has come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from audit.database import connect
from audit.row import Row

LOCK = 0x1A7E_710C_0A0D_1701
"""Held by the one auditor that writes; a second waits for it."""

_COPY = sql.SQL("COPY audit.records (log, {}) FROM STDIN").format(sql.SQL(", ").join(map(sql.Identifier, Row._fields)))


class Store:
    """The rows of one log, appended by this process alone."""

    def __init__(self, connection: AsyncConnection[TupleRow], log: int, sequence: int) -> None:
        self._connection, self._log = connection, log
        self.sequence = sequence

    async def append(self, rows: Sequence[Row]) -> None:
        """Store rows, all or none; a row that stands already is a bug, and refused by the key."""
        async with self._connection.cursor().copy(_COPY) as copy:
            for row in rows:
                await copy.write_row((self._log, *row))
        self.sequence = rows[-1].sequence


@asynccontextmanager
async def opened(url: str, identity: str) -> AsyncGenerator[Store]:
    """Open the rows of the log of this identity, waiting until no other auditor has them open."""
    async with await connect(url, "audit") as connection:
        # The lock ends with its session, so a commit whose answer was lost is over before the next writer looks.
        await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        log = await _number(connection, identity)
        yield Store(connection, log, await _last(connection, log))


async def _number(connection: AsyncConnection[TupleRow], identity: str) -> int:
    """Find the log's number, giving it one the first time it is seen."""
    while True:
        answer = await connection.execute("SELECT log FROM audit.logs WHERE identity = %s", (identity,))
        if row := await answer.fetchone():
            return int(row[0])
        await connection.execute("INSERT INTO audit.logs (identity) VALUES (%s)", (identity,))


async def _last(connection: AsyncConnection[TupleRow], log: int) -> int:
    answer = await connection.execute("SELECT max(sequence) FROM audit.records WHERE log = %s", (log,))
    row = await answer.fetchone()
    return row[0] or 0 if row else 0
