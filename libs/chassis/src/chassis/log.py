"""The log as every service sees it: append facts, read records in order from a sequence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from msgspec import Struct

from contracts.log import Fact, Record


class Fate(Enum):
    """What became of a fact: stored now, stood already with the same body, or something else stands in its place."""

    STORED = auto()
    STOOD = auto()
    CONFLICT = auto()


class Outcome(Struct, frozen=True):
    """`sequence` is where the fact stands, or where what stands in its place does."""

    fate: Fate
    sequence: int


class RawRecord(Struct, frozen=True):
    """A record before anybody has read it: its bytes, as stored."""

    sequence: int
    time: datetime
    subject: str
    data: bytes
    cause: int = 0
    trace: str = ""
    number: int = 0


class LogRefusedError(Exception):
    """The log's server said no for a reason that trying again will not mend: permission, size, storage."""


class LogWentBackwardsError(Exception):
    """The log ends before what was already read from it: it lost its tail, and nobody may go on from that."""


class Log(Protocol):
    """One totally ordered log."""

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        """Store facts in their order; what already stands is left out and said so.

        Waits while the log cannot be reached. A lost answer is resolved by reading back, never by storing twice.
        Raise `LogRefusedError` where waiting would not help.
        """
        ...

    def read(self, subjects: Sequence[str], after: int = 0, until: int | None = None) -> AsyncIterator[list[Record]]:
        """Read records in order, those after `after`, in the chunks that they come in.

        Ends after the sequence `until` (there may be fewer records), never ends without it. A record that cannot be
        decoded is parked as a fact and passed over.
        """
        ...

    def raw(self, subjects: Sequence[str], after: int = 0, until: int | None = None) -> AsyncIterator[list[RawRecord]]:
        """Read like `read`, but leave the bytes as they are."""
        ...

    async def head(self) -> int:
        """Say the last sequence of the log, 0 when it is empty."""
        ...

    async def identity(self) -> str:
        """Name this incarnation of the log: a log made anew has another."""
        ...

    async def last(self, subject: str) -> Record | None:
        """Find the last record whose subject fits (wildcards allowed)."""
        ...
