"""What was: the newest records, those that name an id, a whole story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow, class_row

from contracts.history import HistoryAnswered, HistoryAsked
from contracts.log import Record, decode

STORY_RECORDS = 5_000


class Found(NamedTuple):
    """A row, in the order of its columns."""

    sequence: int
    at: datetime
    subject: str
    kind: str
    account: str
    refs: list[str]
    cause: int
    trace: str
    number: int
    data: bytes


_GIVE = sql.SQL("SELECT {} FROM audit.records WHERE log = %(log)s AND sequence <= %(last)s AND").format(
    sql.SQL(", ").join(map(sql.Identifier, Found._fields))
)
_OF_ACCOUNT = sql.SQL("(%(account)s = '' OR account = %(account)s)")
_NEWEST_FIRST = sql.SQL("ORDER BY sequence DESC LIMIT %(limit)s")

_NEWEST = sql.SQL("{} kind <> '' AND {} {}").format(_GIVE, _OF_ACCOUNT, _NEWEST_FIRST)
# The newest of each kind by the index, and of these the newest: a kind may be rare among millions of quotes.
_NEWEST_OF_KINDS = sql.SQL(
    "SELECT newest.* FROM unnest(%(kinds)s::text[]) AS wanted, LATERAL ({} kind = wanted AND {} {}) AS newest {}"
).format(_GIVE, _OF_ACCOUNT, _NEWEST_FIRST, _NEWEST_FIRST)
# The planner cannot know how rare an id is: kept apart from the order, it takes the index of ids.
_NAMING = sql.SQL("WITH naming AS MATERIALIZED ({} refs && %(ids)s::text[] AND cardinality(refs) > 0)").format(_GIVE)
_NEWEST_NAMING = sql.SQL(
    "{} SELECT * FROM naming WHERE {} AND (%(kinds)s::text[] = '{{}}' OR kind = ANY(%(kinds)s)) {}"
).format(_NAMING, _OF_ACCOUNT, _NEWEST_FIRST)
_OLDEST_NAMING = sql.SQL("{} SELECT * FROM naming ORDER BY sequence LIMIT %(limit)s").format(_NAMING)


async def answered(connection: AsyncConnection[TupleRow], identity: str, asked: HistoryAsked) -> HistoryAnswered:
    """Answer from the rows of one log."""
    found = await _through(connection, identity)
    if found is None:
        return HistoryAnswered()
    log, through = found
    look = Look(connection, log, through)
    if asked.id and asked.story:
        rows, cut = await look.story(asked)
        return HistoryAnswered(records=_records(rows), through=through, cut=cut)
    return HistoryAnswered(records=_records(await look.newest(asked)), through=through)


async def _through(connection: AsyncConnection[TupleRow], identity: str) -> tuple[int, int] | None:
    question = (
        "SELECT log, (SELECT coalesce(max(sequence), 0) FROM audit.records WHERE records.log = logs.log)"
        " FROM audit.logs WHERE identity = %s"
    )
    row = await (await connection.execute(question, (identity,))).fetchone()
    return None if row is None else (row[0], row[1])


class Look:
    """Questions to the rows of a log up to a sequence: what is stored meanwhile does not show."""

    def __init__(self, connection: AsyncConnection[TupleRow], log: int, through: int) -> None:
        self._connection, self._log, self._through = connection, log, through

    async def newest(self, asked: HistoryAsked) -> Sequence[Found]:
        last = min(self._through, asked.before - 1) if asked.before else self._through
        question = _NEWEST_NAMING if asked.id else _NEWEST_OF_KINDS if asked.kinds else _NEWEST
        kinds = list(dict.fromkeys(asked.kinds))
        return await self._rows(
            question, {"last": last, "limit": asked.limit, "account": asked.account, "kinds": kinds, "ids": [asked.id]}
        )

    async def story(self, asked: HistoryAsked) -> tuple[Sequence[Found], bool]:
        """Follow the ids from record to record; say whether the story is longer than what is given of it."""
        rows: dict[int, Found] = {}
        known: set[str] = set()
        new = {asked.id}
        while new and len(rows) <= STORY_RECORDS:
            known |= new
            naming = {"last": self._through, "limit": STORY_RECORDS + 1, "ids": list(new)}
            found = [row for row in await self._rows(_OLDEST_NAMING, naming) if _belongs(row, asked.account)]
            rows.update((row.sequence, row) for row in found)
            new = {ref for row in found for ref in row.refs} - known
        told = [rows[sequence] for sequence in sorted(rows)[:STORY_RECORDS]]
        return [row for row in told if not asked.kinds or row.kind in asked.kinds], len(rows) > STORY_RECORDS

    async def _rows(self, question: sql.Composed, values: Mapping[str, object]) -> list[Found]:
        async with self._connection.cursor(row_factory=class_row(Found)) as cursor:
            await cursor.execute(question, {"log": self._log, **values})
            return await cursor.fetchall()


def _belongs(row: Found, account: str) -> bool:
    # A signal is for every account.
    return not account or row.account in ("", account)


def _records(rows: Sequence[Found]) -> tuple[Record, ...]:
    return tuple(
        Record(row.sequence, row.at, row.subject, decode(row.data), row.cause, row.trace, row.number) for row in rows
    )
