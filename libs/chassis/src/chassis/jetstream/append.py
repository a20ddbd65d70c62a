"""Append with compare-and-set: every fact once, whatever happens to the answers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from chassis.jetstream import api
from chassis.jetstream.connection import Connection, UnansweredError
from chassis.jetstream.reader import CAUSE, TRACE
from chassis.log import Fate, LogRefusedError, Outcome
from chassis.telemetry import logger
from contracts.log import Fact, encode, guard, subject, ttl

RETRY_SECONDS = 0.25
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
    return Draft(name, encode(fact.body), headers, guarded)


class Appender:
    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._stream = stream

    async def append(self, facts: Sequence[Fact]) -> list[Outcome]:
        drafts = [draft(fact) for fact in facts]
        outcomes: dict[int, Outcome] = {}
        waiting = list(range(len(drafts)))
        refusals = 0
        while waiting:
            ack = await self._publish([drafts[i] for i in waiting])
            if ack is None:
                await asyncio.sleep(RETRY_SECONDS)
            elif ack.error is None:
                first = ack.seq - len(waiting) + 1
                outcomes.update((i, Outcome(Fate.STORED, first + k)) for k, i in enumerate(waiting))
                break
            elif ack.error.err_code in api.WRONG_LAST_SEQUENCE and refusals < SHRINK_TRIES:
                refusals += 1
                outcomes.update(await self._standing(drafts, waiting))
                waiting = [i for i in waiting if i not in outcomes]
            else:
                raise LogRefusedError(f"{drafts[waiting[0]].subject}: {ack.error.description}")
        return [outcomes[i] for i in range(len(drafts))]

    async def _publish(self, drafts: Sequence[Draft]) -> api.Ack | None:
        """Store all or none; None where nobody knows whether it was stored."""
        try:
            last = await self._send_all_but_last(drafts)
            answer = await self._connection.ask(last.subject, last.data, last.headers)
        except UnansweredError as e:
            self._check_permission(drafts)
            logger("log").warning("publish unanswered", facts=len(drafts), error=str(e))
            return None
        return msgspec.json.decode(answer.data, type=api.Ack)

    async def _send_all_but_last(self, drafts: Sequence[Draft]) -> Draft:
        if len(drafts) == 1:
            return drafts[0]
        batch = secrets.token_hex(8)
        for number, one in enumerate(drafts[:-1], 1):
            headers = one.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            await self._connection.send(one.subject, one.data, headers)
        last = drafts[-1]
        commit = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(drafts)), "Nats-Batch-Commit": "1"}
        return Draft(last.subject, last.data, last.headers | commit, last.guard)

    def _check_permission(self, drafts: Sequence[Draft]) -> None:
        # NATS answers a forbidden publish with silence towards the caller; only the error callback hears of it.
        for violation in self._connection.violations:
            # nats-py hands the server's words on in lower case.
            if any(f'"{one.subject.lower()}"' in violation for one in drafts):
                raise LogRefusedError(violation)

    async def _standing(self, drafts: Sequence[Draft], waiting: Sequence[int]) -> dict[int, Outcome]:
        found = await asyncio.gather(*(self._read_back(drafts[i]) for i in waiting))
        return {i: outcome for i, outcome in zip(waiting, found, strict=True) if outcome}

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
