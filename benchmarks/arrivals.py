"""Who arrived when, in a file that two processes share: the one that counts must not disturb the one that works."""

from __future__ import annotations

import mmap
import struct
import time
from pathlib import Path

_HEAD = struct.Struct("<Q")
_ENTRY = struct.Struct("<16sQ")
CAPACITY = 2_000_000


class Arrivals:
    """Up to `CAPACITY` keys of 16 bytes with the nanosecond of each; one process writes, another reads."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            with path.open("wb") as file:
                file.truncate(_HEAD.size + CAPACITY * _ENTRY.size)
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._count = len(self)

    def __len__(self) -> int:
        return int(_HEAD.unpack_from(self._memory)[0])

    def add(self, key: bytes) -> None:
        _ENTRY.pack_into(self._memory, _HEAD.size + self._count * _ENTRY.size, key, time.time_ns())
        self._count += 1
        _HEAD.pack_into(self._memory, 0, self._count)

    def since(self, index: int) -> dict[bytes, int]:
        """Give what came after the first `index` arrivals, the first time of each key."""
        found: dict[bytes, int] = {}
        for number in range(index, len(self)):
            key, at = _ENTRY.unpack_from(self._memory, _HEAD.size + number * _ENTRY.size)
            found.setdefault(key, at)
        return found
