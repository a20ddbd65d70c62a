"""Append with compare-and-set: every fact once, whatever happens to the answers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from chassis.jetstream import api
from chassis.jetstream.connection import Connection, UnansweredError
from chassis.jetstream.reader import CAUSE, NUMBER, TRACE
from chassis.log import Fate, LogRefusedError, Outcome
from chassis.telemetry import logger
from contracts.channels import guard, ttl
from contracts.log import Fact, encode, subject

RETRY_SECONDS = 0.25
ATOMIC = 32
"""Facts from which one atomic batch is quicker than as many publishes in flight: it has a price of its own."""
HEADERS_BYTES = 1_024
"""More than a fact's headers take, which count as its bytes."""
SHRINK_TRIES = 5
"""Refusals in a row that leave nothing standing to be found, after which something is wrong."""


class Draft(Struct, frozen=True):
    """A fact as it goes over the wire. `guard` names the subjects that must be empty, if any."""

    subject: str
    data: bytes
    headers: dict[str, str]
    guard: str


def draft(fact: Fact) -> Draft:
    name = subject(fact.body)
    guarded, seconds = guard(name), ttl(name)
    headers: dict[str, str] = {}
    if guarded:
        headers["Nats-Expected-Last-Subject-Sequence"] = "0"
        if guarded != name:
            headers["Nats-Expected-Last-Subject-Sequence-Subject"] = guarded
    if seconds:
        headers["Nats-TTL"] = str(seconds)
    if fact.cause:
        headers[CAUSE] = str(fact.cause)
    if fact.trace:
        headers[TRACE] = fact.trace
    if fact.number:
        headers[NUMBER] = str(fact.number)
    return Draft(name, encode(fact.body), headers, guarded)


class Appender:
    """Appends go out in the order they are asked for, several in flight; after trouble, one by one until it is over."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._stream = stream
        self._tail: asyncio.Future[None] | None = None
        self._troubled = False

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        before = self._tail
        self._tail = done = asyncio.get_running_loop().create_future()
        try:
            if self._troubled:
                await _over(before)
            drafts = [draft(fact) for fact in facts]
            self._refuse_too_large(drafts)
            return await self._append(drafts, before)
        finally:
            done.set_result(None)
            if self._tail is done:
                self._tail, self._troubled = None, False

    def _refuse_too_large(self, drafts: Sequence[Draft]) -> None:
        # Sent all the same it would be sent for ever, and hold up whatever comes after it.
        most = self._connection.client.max_payload - HEADERS_BYTES
        if large := next((one for one in drafts if len(one.data) > most), None):
            raise LogRefusedError(f"{large.subject}: had {len(large.data)} bytes, expected at most {most}")

    async def _append(self, drafts: Sequence[Draft], before: asyncio.Future[None] | None) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        waiting: list[int] = list(range(len(drafts)))
        refusals = 0
        while waiting:
            acks = dict(zip(waiting, await self._publish([drafts[i] for i in waiting]), strict=True))
            stands: list[int] = []
            for i, ack in acks.items():
                if ack is not None and _stands(drafts[i], ack):
                    stands.append(i)
                elif ack is not None:
                    outcomes[i] = Outcome(Fate.STORED, ack.seq)
            outcomes.update(await self._standing(drafts, stands))
            waiting = [i for i in waiting if i not in outcomes]
            refusals += bool(stands)
            if refusals > SHRINK_TRIES:
                raise LogRefusedError(f"{drafts[waiting[0]].subject}: refused as standing, but nothing stands there")
            if None in acks.values():
                self._troubled = True
                await _over(before)
                await asyncio.sleep(RETRY_SECONDS)
        return [outcomes[i] for i in range(len(drafts))]

    async def _publish(self, drafts: Sequence[Draft]) -> list[api.Ack | None]:
        """Give an answer for each; None where nobody knows whether it was stored."""
        if len(drafts) == 1:
            return [await self._single(drafts[0])]
        if len(drafts) < ATOMIC:
            return await asyncio.gather(*map(self._single, drafts))
        return await self._batch(drafts)

    async def _single(self, one: Draft) -> api.Ack | None:
        try:
            answer = await self._connection.ask(one.subject, one.data, one.headers)
        except UnansweredError as e:
            self._unanswered(e, [one])
            return None
        return msgspec.json.decode(answer.data, type=api.Ack)

    async def _batch(self, drafts: Sequence[Draft]) -> list[api.Ack | None]:
        """Store all or none, in one atomic batch."""
        batch = secrets.token_hex(8)
        try:
            for number, one in enumerate(drafts[:-1], 1):
                headers = one.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
                await self._connection.send(one.subject, one.data, headers)
            commit = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(drafts)), "Nats-Batch-Commit": "1"}
            answer = await self._connection.ask(drafts[-1].subject, drafts[-1].data, drafts[-1].headers | commit)
        except UnansweredError as e:
            self._unanswered(e, drafts)
            return [None] * len(drafts)
        ack = msgspec.json.decode(answer.data, type=api.Ack)
        first = ack.seq - len(drafts) + 1
        return [ack if ack.error else api.Ack(first + k) for k in range(len(drafts))]

    def _unanswered(self, error: UnansweredError, drafts: Sequence[Draft]) -> None:
        logger("log").warning("publish unanswered", facts=len(drafts), error=str(error))
        # NATS answers a forbidden publish with silence towards the caller; only the error callback hears of it.
        for violation in self._connection.violations:
            # nats-py hands the server's words on in lower case.
            if any(f'"{one.subject.lower()}"' in violation for one in drafts):
                raise LogRefusedError(violation)

    async def _standing(self, drafts: Sequence[Draft], asked: Sequence[int]) -> dict[int, Outcome]:
        found = await asyncio.gather(*(self._read_back(drafts[i]) for i in asked))
        return {i: outcome for i, outcome in zip(asked, found, strict=True) if outcome}

    async def _read_back(self, one: Draft) -> Outcome | None:
        if not one.guard:
            return None
        while True:
            try:
                standing = await api.last_message(self._connection, self._stream, one.guard)
            except UnansweredError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if standing is None:
                return None
            same = standing.subject == one.subject and standing.payload() == one.data
            return Outcome(Fate.STOOD if same else Fate.CONFLICT, standing.seq)


def _stands(one: Draft, ack: api.Ack) -> bool:
    """Say whether it was refused because something stands in its place; raise where it was refused for good."""
    if ack.error is None:
        return False
    if ack.error.err_code in api.WRONG_LAST_SEQUENCE:
        return True
    raise LogRefusedError(f"{one.subject}: {ack.error.description}")


async def _over(before: asyncio.Future[None] | None) -> None:
    if before is not None:
        await asyncio.shield(before)
