"""Tasks by name: work under one name goes one after the other, and a failure of any is nobody's secret."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Errands:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __contains__(self, name: str) -> bool:
        return name in self._last

    def begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        task = self._last[name] = asyncio.create_task(_after(self._last.get(name), work))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._done(name, done))

    async def watch(self) -> None:
        """Return never; raise what a task raised."""
        await self._failed

    async def idle(self) -> None:
        """Wait until none is left."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, name: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._last.get(name) is task:
            del self._last[name]
        if not task.cancelled() and (error := task.exception()) and not self._failed.done():
            self._failed.set_exception(error)


async def _after(earlier: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
    if earlier is not None:
        await asyncio.wait((earlier,))
    await work()
