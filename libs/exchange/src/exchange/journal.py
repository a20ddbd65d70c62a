"""What the exchange remembers, on disk: a file of one snapshot and the changes since, one line each.

A line is handed to the operating system before anybody hears of what it says, so the death of the process
loses nothing. Only the last line can be torn, and then nobody has heard of it.
"""

import fcntl
import os
import uuid
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec import Struct

from exchange.state import Change, State, fold

SLACK = 32 * 2**20  # bytes


class Snapshot(Struct, frozen=True, tag="snapshot"):
    state: State


class Entry(Struct, frozen=True, tag="entry"):
    at: int
    changes: tuple[Change, ...] = ()


Line: TypeAlias = Snapshot | Entry

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder[Line](Line).decode


class JournalError(Exception):
    """The journal could not be written or read; the state in memory is not the one on disk."""


class Journal:
    """The open journal of a folder; one process at a time."""

    def __init__(self, folder: Path, seed: str = "") -> None:
        """`seed`: what the ids of a state grow from that is begun; empty: chance."""
        self._seed = str(uuid.uuid5(uuid.NAMESPACE_OID, seed) if seed else uuid.uuid4())
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder / "lock")
        self._path = folder / "journal.jsonl"
        self._broken = False
        self._file = -1
        self._size = 0
        self._snapshot_size = 0

    def start(self) -> State:
        """Read the state, or begin one, and leave a journal that holds nothing but its snapshot."""
        state = _read(self._path) if self._path.exists() else State(seed=self._seed)
        self.compact(state)
        return state

    def append(self, at: int, changes: tuple[Change, ...]) -> None:
        self._write(_encode(Entry(at, changes)) + b"\n")

    def compact(self, state: State) -> None:
        """Replace the journal by one snapshot."""
        fresh = self._path.with_suffix(".new")
        self._close()
        self._file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._size = 0
        self._write(_encode(Snapshot(state)) + b"\n")
        self._snapshot_size = self._size
        fresh.replace(self._path)

    def overgrown(self) -> bool:
        """Tell whether the changes take so much more room than the snapshot that a new one pays."""
        return self._size > 2 * self._snapshot_size + SLACK

    def stop(self) -> None:
        """Let go of the folder."""
        self._close()
        os.close(self._lock)

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, line: bytes) -> None:
        if self._broken:
            raise JournalError("the journal has a hole since an earlier write failed")
        self._broken = True
        written = os.write(self._file, line)
        if written != len(line):
            raise JournalError(f"{written} bytes of {len(line)} reached the journal")
        self._broken = False
        self._size += written


def _locked(path: Path) -> int:
    """Take the lock of a folder, which the operating system frees when the process ends, however it ends."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise JournalError(f"{path.parent} belongs to another exchange that is running") from error
    return lock


def _read(path: Path) -> State:
    state: State | None = None
    lines = path.read_bytes().split(b"\n")
    # What follows the last line break was torn by the end of the process that wrote it.
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entry = _decode(line)
        except msgspec.DecodeError as error:
            raise JournalError(f"line {number} of {path} is not a journal line: {error}") from error
        match entry:
            case Snapshot(snapshot):
                state = snapshot
            case Entry(at, changes) if state is not None:
                fold(state, changes)
                state.time = max(state.time, at)
            case _:
                raise JournalError(f"{path} does not begin with a snapshot")
    if state is None:
        raise JournalError(f"{path} holds no snapshot")
    return state
