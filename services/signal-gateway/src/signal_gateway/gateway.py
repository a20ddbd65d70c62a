"""The gateway as a whole: market time, the ways in, one way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chassis.log import Log
from chassis.publish import Publisher
from signal_gateway.intake import Intake, Rules, follow_time, learn_time
from signal_gateway.websocket import Server, listen

DRAIN_SECONDS = 3.0


async def run(
    log: Log, rules: Rules, server: Server | None, begin: Callable[[Publisher, Rules], Intake] = Intake
) -> None:
    """Take signals in for ever. When cancelled, let what came in reach the log."""
    publisher = Publisher(log)
    publishing = asyncio.create_task(publisher.run())
    try:
        async with asyncio.TaskGroup() as tasks:
            intake = begin(publisher, rules)
            tasks.create_task(_ends_with(publishing))
            # First of all: a signal that comes at once must not pass for want of a clock.
            after = await learn_time(log, intake)
            tasks.create_task(follow_time(log, intake, after))
            if server is not None:
                tasks.create_task(listen(server, intake))
    finally:
        draining = asyncio.create_task(publisher.flush())
        await asyncio.wait((draining, publishing), timeout=DRAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in (draining, publishing):
            task.cancel()
        await asyncio.gather(draining, publishing, return_exceptions=True)


async def _ends_with(publishing: asyncio.Task[None]) -> None:
    # Shielded: what waits in the publisher is stored after everything else has stopped.
    await asyncio.shield(publishing)
