"""The log in both its forms, for one suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from chassis.jetstream import Connection, JetStreamLog
from chassis.log import Log
from chassis.memory import MemoryLog

OpenBus = Callable[[], AbstractAsyncContextManager[Callable[[str], Awaitable[Connection]]]]


@pytest.fixture(params=["memory", "jetstream"])
async def log(request: pytest.FixtureRequest, open_bus: OpenBus) -> AsyncIterator[Log]:
    """A log whose owner may write anything: the suite is about the log, not about who may write."""
    if request.param == "memory":
        yield MemoryLog()
        return
    async with open_bus() as bus:
        yield JetStreamLog(await bus("provision"))
