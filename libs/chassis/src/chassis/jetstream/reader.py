"""Read the stream in order from a sequence, and notice when the server stops telling."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec

from chassis.jetstream import api
from chassis.jetstream.connection import Connection, UnansweredError
from chassis.jetstream.wire import Hearing, Incoming
from chassis.log import RawRecord
from chassis.telemetry import logger

CAUSE, TRACE, NUMBER = "Interlock-Cause", "traceparent", "Interlock-Output"

HEARTBEAT_SECONDS = 0.5
SILENCE_SECONDS = 3 * HEARTBEAT_SECONDS
RETRY_SECONDS = 0.25
ABANDONED_SECONDS = 5
"""A consumer that nobody listens to is removed by the server after this."""


async def read_raw(
    connection: Connection, stream: str, subjects: tuple[str, ...], after: int, until: int | None
) -> AsyncIterator[list[RawRecord]]:
    """Give records in chunks, without holes and without doubles, across gaps, lost consumers and reconnects."""
    position = after
    while until is None or position < until:
        session = Session(connection, stream, subjects)
        try:
            pending = await session.open(position)
            if until is not None and not pending:
                return
            async for chunk, left in session.chunks():
                fresh = chunk if until is None else [r for r in chunk if r.sequence <= until]
                if fresh:
                    yield fresh
                    position = fresh[-1].sequence
                if until is not None and (len(fresh) < len(chunk) or position >= until or not left):
                    return
        except UnansweredError:
            await asyncio.sleep(RETRY_SECONDS)
        finally:
            await session.close()


class Session:
    """One ephemeral ordered consumer, from its creation to its first irregularity."""

    def __init__(self, connection: Connection, stream: str, subjects: tuple[str, ...]) -> None:
        self._connection, self._stream, self._subjects = connection, stream, subjects
        self._name = f"{connection.service}_{secrets.token_hex(6)}"
        self._inbox = f"{connection.inbox}.read.{self._name}"
        self._arrived: list[Incoming] = []
        self._wake = asyncio.Event()
        self._hearing: Hearing | None = None
        self._delivered = 0

    async def open(self, after: int) -> int:
        """Create the consumer; say how many records wait for it."""
        self._hearing = await self._connection.hear(self._inbox, self._on_message)
        request = {"stream_name": self._stream, "action": "create", "config": self._config(after)}
        answer = await api.call(self._connection, f"CONSUMER.CREATE.{self._stream}.{self._name}", request)
        return msgspec.json.decode(answer, type=api.ConsumerInfo).num_pending

    def _config(self, after: int) -> dict[str, object]:
        return {
            "name": self._name,
            "deliver_subject": self._inbox,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": after + 1,
            "filter_subjects": list(self._subjects),
            "ack_policy": "none",
            "max_deliver": 1,
            "replay_policy": "instant",
            "idle_heartbeat": int(HEARTBEAT_SECONDS * 1e9),
            "flow_control": True,
            "inactive_threshold": int(ABANDONED_SECONDS * 1e9),
            "mem_storage": True,
            "num_replicas": 1,
        }

    async def close(self) -> None:
        if self._hearing is not None:
            await self._connection.leave(self._hearing)

    async def chunks(self) -> AsyncIterator[tuple[list[RawRecord], int]]:
        """Give what has arrived and how many records still wait; end at a gap or when the server falls silent."""
        while await self._something():
            arrived, self._arrived = self._arrived, []
            chunk: list[RawRecord] = []
            left = 0
            whole = True
            for message in arrived:
                headers = message.headers() if message.head else {}
                if "Status" in headers:
                    whole = await self._on_status(headers, message.reply)
                else:
                    whole, record, left = self._record(message, headers)
                    if whole:
                        chunk.append(record)
                if not whole:
                    break
            if chunk:
                yield chunk, left
            if not whole:
                logger("log").warning("gap in the reader, starting anew", consumer=self._name)
                return

    async def _something(self) -> bool:
        if not self._arrived:
            self._wake.clear()
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                logger("log").warning("the reader's server fell silent", consumer=self._name)
                return False
        return True

    def _on_message(self, message: Incoming) -> None:
        self._arrived.append(message)
        self._wake.set()

    async def _on_status(self, headers: dict[str, str], reply: str) -> bool:
        """Answer flow control; compare a heartbeat's count with ours."""
        if reply:
            await self._connection.send(reply, b"")
        if stalled := headers.get("Nats-Consumer-Stalled"):
            await self._connection.send(stalled, b"")
        last = headers.get("Nats-Last-Consumer")
        return last is None or int(last) == self._delivered

    def _record(self, message: Incoming, headers: dict[str, str]) -> tuple[bool, RawRecord, int]:
        # $JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time ns>.<pending>, and in newer servers
        # with domain and account before the stream: so counted from the end.
        tokens = message.reply.split(".")
        if len(tokens) > 9:  # noqa: PLR2004 - the long form ends in a random token
            tokens = tokens[:11]
        sequence, delivered, nanoseconds, left = (int(token) for token in tokens[-4:])
        record = RawRecord(
            sequence,
            datetime.fromtimestamp(nanoseconds // 1_000 / 1e6, UTC),
            message.subject,
            message.data,
            int(headers.get(CAUSE, "0")),
            headers.get(TRACE, ""),
            int(headers.get(NUMBER, "0")),
        )
        whole = delivered == self._delivered + 1
        if whole:
            self._delivered = delivered
        return whole, record, left
