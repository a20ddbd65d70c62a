"""What a decider has put into the log before: its own outputs, in the order they were decided."""

from __future__ import annotations

import heapq
from collections.abc import AsyncIterator, Sequence

from chassis.log import Log
from chassis.publish import REORDERED
from contracts.log import Record


class Recorded:
    """Outputs to inputs after a sequence.

    They stand almost in order: where a server lost one of several publishes in flight and took the next, the lost
    one stands a little later, or nowhere if the process died of it. Their numbers tell both.
    """

    def __init__(self, outputs: AsyncIterator[list[Record]], after: int) -> None:
        self._outputs = outputs
        self._after = after
        self._decided = after
        self._ahead: list[tuple[int, int, Record]] = []
        self._ended = False

    @classmethod
    async def of(cls, subjects: Sequence[str], log: Log, after: int) -> Recorded:
        lasts = [last.sequence for subject in subjects if (last := await log.last(subject))]
        return cls(log.read(subjects, after, max(lasts, default=0)), after)

    async def is_over(self) -> bool:
        """Say whether all of them have been taken."""
        return await self._first() is None

    async def has_decided(self, cause: int) -> bool:
        """Say whether this or a later input led to an output."""
        await self._first()
        return cause <= self._decided

    async def until(self, cause: int) -> list[Record]:
        """Take the outputs whose cause is at most `cause`."""
        taken: list[Record] = []
        while (first := await self._first()) and first.cause <= cause:
            taken.append(first)
            heapq.heappop(self._ahead)
        return taken

    async def lacks(self, number: int, cause: int) -> bool:
        """Say whether output `number` never reached the log, though a later one did, and `cause` may be its input."""
        first = await self._first()
        return first is not None and first.number > number and first.cause >= cause

    async def _first(self) -> Record | None:
        while len(self._ahead) <= REORDERED and not self._ended:
            chunk = await anext(self._outputs, None)
            self._ended = chunk is None
            for record in chunk or ():
                if record.cause > self._after:
                    self._decided = max(self._decided, record.cause)
                    heapq.heappush(self._ahead, (record.number, record.sequence, record))
        return self._ahead[0][2] if self._ahead else None
