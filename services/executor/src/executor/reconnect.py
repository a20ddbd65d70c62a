"""Keep a WebSocket session alive: connect again for ever, slower and slower while it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from websockets.exceptions import WebSocketException

from chassis.telemetry import logger
from executor.metrics import STREAM_UP
from executor.pace import Pace

PACE = Pace(first=1.0, most=30.0)
HANDSHAKE_SECONDS = 10.0


class StreamRefusedError(Exception):
    """The server of a stream said no: wrong keys, too many connections."""


Session = Callable[[Callable[[], None]], Awaitable[None]]
"""One connection, from its handshake to its end; it calls what it is given once it is up."""


async def keep_connected(name: str, session: Session, pace: Pace = PACE) -> None:
    """Run sessions one after the other; waits begin anew after each that came up."""
    gauge = STREAM_UP.labels(name)
    waits = pace.waits()

    def up() -> None:
        nonlocal waits
        waits = pace.waits()
        gauge.set(1)
        logger(name).info("connected")

    while True:
        try:
            await session(up)
            reason = "closed by the server"
        except (OSError, TimeoutError, WebSocketException, StreamRefusedError) as e:
            reason = f"{type(e).__name__}: {e}"
        gauge.set(0)
        wait = next(waits)
        logger(name).warning("disconnected", reason=reason, again_in=round(wait, 2))
        await asyncio.sleep(wait)
