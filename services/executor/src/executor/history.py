"""The book and the log: read it back on start, keep it beside the log now and then."""

from __future__ import annotations

import asyncio

from chassis import snapshots
from chassis.log import Log
from chassis.publish import Publisher
from chassis.telemetry import logger
from contracts.log import Fact, Record
from executor.book import Book, fold
from executor.ledger import Ledger

SAVE_SECONDS = 10.0
LEAVE_SECONDS = 3.0


def inputs(account: str) -> tuple[str, ...]:
    about = (f"approved.{account}.*", f"exits.{account}.*", f"locks.{account}.*", f"commands.{account}.*")
    return (*about, "control.>", "signals.>", "previews.>", "account.>", "splits.>")


def own(account: str) -> tuple[str, ...]:
    return (f"orders.{account}.>", f"fills.{account}.*", f"commanded.{account}.>")


def key(account: str) -> str:
    return f"executor.{account}"


async def catch_up(log: Log, store: snapshots.Store, account: str) -> tuple[int, Book]:
    """Fold everything that the log holds for this account; say up to which sequence."""
    kept = await snapshots.load(store, key(account), log, Book)
    after, book = kept if kept is not None else (0, Book(account=account))
    head = await log.head()
    own_heads = tuple(subject.partition(".")[0] for subject in own(account))
    async for chunk in log.read((*inputs(account), *own(account)), after, head):
        for record in chunk:
            told = record.subject.partition(".")[0] in own_heads
            fold(book, Fact(record.body, record.cause if told else record.sequence, record.trace))
    return head, book


class Keeper:
    """Leaves snapshots. `sequence` is the last input that the book has taken in."""

    def __init__(self, log: Log, store: snapshots.Store, publisher: Publisher, ledger: Ledger, sequence: int) -> None:
        self._log, self._store, self._publisher, self._ledger = log, store, publisher, ledger
        self.sequence = self._saved = sequence

    def take(self, record: Record) -> None:
        """Take an input into the book."""
        fold(self._ledger.book, Fact(record.body, record.sequence, record.trace))
        self.sequence = record.sequence

    async def run(self) -> None:
        """Save every so often, for ever."""
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self._save()

    async def leave(self) -> None:
        """Save once more, but not at any price: the log will rebuild the book."""
        try:
            await asyncio.wait_for(self._save(), LEAVE_SECONDS)
        except TimeoutError:
            logger("book").warning("left without a snapshot", sequence=self.sequence)

    async def _save(self) -> None:
        # A snapshot may hold only what the log holds too, or a fact could be lost for ever with the process. While
        # facts keep coming there is no such moment; then the next try is soon enough.
        # Asked for first: between here and the encoding of the book nothing may wait.
        await self._log.identity()
        told = self._ledger.told
        await self._publisher.flush()
        if self._ledger.told == told and self.sequence > self._saved:
            sequence, book = self.sequence, self._ledger.book
            await snapshots.save(self._store, key(book.account), self._log, sequence, book)
            self._saved = sequence
