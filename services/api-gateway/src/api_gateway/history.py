"""Questions to the audit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from api_gateway.failures import Refusal
from api_gateway.story import Story, story
from chassis.jetstream.connection import UnansweredError
from contracts.history import HistoryAnswered, HistoryAsked, decode_answer, encode
from contracts.log import Record, references

LAG_SECONDS = 2.0
RETRY_SECONDS = 0.05
MOST_LINKS = 20
"""Causes that are looked up for one story: a position that was entered and left has two or three."""


class History:
    def __init__(self, account: str, ask: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._account, self._ask = account, ask

    async def ask(self, question: HistoryAsked) -> HistoryAnswered:
        """Ask the audit; refuse with 503 where it does not answer."""
        try:
            answer = decode_answer(await self._ask(encode(question)))
        except UnansweredError as e:
            raise Refusal(503, "audit_unreachable", f"the audit did not answer: {e}") from e
        if answer.error:
            raise Refusal(503, "audit_failed", f"the audit could not answer: {answer.error}")
        return answer

    async def story(self, name: str, seen: int) -> Story | None:
        """Tell what belongs to an id, once the audit has stored what was `seen`; None where it is unknown.

        What shares an id belongs together, and what one of these was caused by: so the signal that closed a position
        is told with the one that opened it.
        """
        first = await self._caught_up(HistoryAsked(id=name, story=True, account=self._account), seen)
        records = {record.sequence: record for record in first.records}
        looked: set[int] = set()
        while (causes := _missing(records.values()) - looked) and len(looked) < MOST_LINKS:
            cause = max(causes)
            looked.add(cause)
            records.update((record.sequence, record) for record in await self._around(cause))
        told = [records[sequence] for sequence in sorted(records)]
        return story(name, told, first.through, cut=first.cut) if told else None

    async def _caught_up(self, question: HistoryAsked, seen: int) -> HistoryAnswered:
        until = time.monotonic() + LAG_SECONDS
        while True:
            answer = await self.ask(question)
            if answer.through >= seen or time.monotonic() > until:
                return answer
            await asyncio.sleep(RETRY_SECONDS)

    async def _around(self, sequence: int) -> tuple[Record, ...]:
        """Give the record at a sequence, with its own story."""
        found = (await self.ask(HistoryAsked(before=sequence + 1, limit=1))).records
        if not found or found[0].sequence != sequence:
            return ()
        names = references(found[0].body)
        if not names:
            return found
        return found + (await self.ask(HistoryAsked(id=names[0], story=True, account=self._account))).records


def _missing(records: Iterable[Record]) -> set[int]:
    known = list(records)
    return {record.cause for record in known} - {record.sequence for record in known} - {0}
