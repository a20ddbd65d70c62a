"""A bucket of JetStream's key-value store, for what is not a fact: snapshots, presence, leases."""

from __future__ import annotations

import asyncio

import msgspec
from msgspec import Struct

from chassis.jetstream import api
from chassis.jetstream.connection import Connection, UnansweredError

RETRY_SECONDS = 0.25


class Entry(Struct, frozen=True):
    revision: int
    value: bytes


class Bucket:
    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    async def get(self, key: str) -> bytes | None:
        """Read a value, waiting while the bus cannot be reached."""
        while True:
            try:
                entry = await self.entry(key)
            except UnansweredError:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return None if entry is None else entry.value

    async def put(self, key: str, value: bytes) -> None:
        """Write a value; raise `api.ApiRefusedError` where the server refuses it."""
        while True:
            try:
                await self.write(key, value)
            except UnansweredError:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def entry(self, key: str) -> Entry | None:
        found = await api.last_message(self._connection, f"KV_{self._name}", f"$KV.{self._name}.{key}")
        return None if found is None else Entry(found.seq, found.payload())

    async def keys(self) -> list[str]:
        """List the keys that hold a value."""
        request = {"subjects_filter": f"$KV.{self._name}.>"}
        answer = await api.call(self._connection, f"STREAM.INFO.KV_{self._name}", request)
        return [s.removeprefix(f"$KV.{self._name}.") for s in msgspec.json.decode(answer, type=_Info).state.subjects]

    async def write(self, key: str, value: bytes, *, revision: int | None = None, ttl: int = 0) -> int:
        """Write and give the new revision. With `revision`, only if that is still the key's last (0: has no value).

        `ttl` in seconds, 0 for no end. Raise `api.ApiRefusedError` where the revision is another.
        """
        headers: dict[str, str] = {}
        if revision is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(revision)
        if ttl:
            headers["Nats-TTL"] = str(ttl)
        subject = f"$KV.{self._name}.{key}"
        answer = await self._connection.ask(subject, value, headers)
        ack = msgspec.json.decode(answer.data, type=api.Ack)
        if ack.error is not None:
            raise api.ApiRefusedError(subject, ack.error)
        return ack.seq


class _Subjects(Struct, frozen=True):
    subjects: dict[str, int] = {}


class _Info(Struct, frozen=True):
    state: _Subjects
