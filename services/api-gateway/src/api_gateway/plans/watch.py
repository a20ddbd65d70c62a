"""Notice that files were edited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from msgspec import Struct

SECONDS = 3.0
SETTLED_SECONDS = 0.2


class Mark(Struct, frozen=True):
    """What differs once a file has been written or replaced."""

    inode: int
    changed: int
    size: int


def marks(files: Iterable[Path]) -> tuple[Mark | None, ...]:
    """Say how the files look now; None for one that cannot be seen."""
    return tuple(_mark(file) for file in files)


def _mark(file: Path) -> Mark | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return Mark(found.st_ino, found.st_mtime_ns, found.st_size)


async def watch(look: Callable[[], object], on_change: Callable[[], Awaitable[None]], seconds: float = SECONDS) -> None:
    """Call `on_change` at once, and again whenever `look` (such as `marks`) gives something else.

    At once, because a file may have been edited between the start of the process and now. `look` runs in a thread: a
    file may lie on a share that does not answer.
    """
    seen: object = None
    while True:
        found = await asyncio.to_thread(look)
        if found != seen:
            seen = await _settled(look, found, min(seconds, SETTLED_SECONDS))
            await on_change()
        await asyncio.sleep(seconds)


async def _settled(look: Callable[[], object], found: object, seconds: float) -> object:
    # Some editors write in two steps, and between them half a file stands there.
    while True:
        await asyncio.sleep(seconds)
        again = await asyncio.to_thread(look)
        if again == found:
            return found
        found = again
