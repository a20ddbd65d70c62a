"""State at a sequence, kept beside the log so that a restart need not read it from the start."""

from __future__ import annotations

import hashlib
import zlib
from functools import cache
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from chassis.log import Log, LogWentBackwardsError

S = TypeVar("S", bound=Struct)


class Store(Protocol):
    """A place for one value a key."""

    async def get(self, key: str) -> bytes | None: ...
    async def put(self, key: str, value: bytes) -> None: ...


class MemoryStore:
    """A store of one process."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def put(self, key: str, value: bytes) -> None:
        self.values[key] = value


class Snapshot(Struct, frozen=True):
    """`state` is what it was after the record at `sequence` and all that was decided on it."""

    sequence: int
    log: str
    schema: str
    state: bytes


@cache
def fingerprint(state: type[Struct]) -> str:
    """Name the shape of a state: another shape, another name."""
    schema = msgspec.json.encode(msgspec.json.schema(state), order="deterministic")
    return hashlib.sha256(schema).hexdigest()[:16]


async def save(store: Store, name: str, log: Log, sequence: int, state: S, kind: type[S] | None = None) -> None:
    """Keep a state. `kind` where it is a generic Struct, whose class does not tell what it holds."""
    kept = Snapshot(sequence, await log.identity(), fingerprint(kind or type(state)), msgspec.json.encode(state))
    await store.put(name, zlib.compress(msgspec.json.encode(kept), 1))


async def load(store: Store, name: str, log: Log, state: type[S]) -> tuple[int, S] | None:
    """Find the snapshot that fits this log and this shape of state; None means: read from the start.

    Raise `LogWentBackwardsError` where the log ends before it.
    """
    if (value := await store.get(name)) is None:
        return None
    kept = msgspec.json.decode(zlib.decompress(value), type=Snapshot)
    if kept.schema != fingerprint(state) or kept.log != await log.identity():
        return None
    if (head := await log.head()) < kept.sequence:
        raise LogWentBackwardsError(f"the log ends at {head}, {name} had read it to {kept.sequence}")
    return kept.sequence, msgspec.json.decode(kept.state, type=state)
