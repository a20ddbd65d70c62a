"""Keep a WebSocket session alive: connect again for ever, slower and slower while it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedOK, WebSocketException

from chassis.telemetry import logger
from executor.lines import StreamLine
from executor.pace import Pace

PACE = Pace(first=1.0, most=30.0)
HANDSHAKE_SECONDS = 10.0


class StreamRefusedError(Exception):
    """The server of a stream said no: wrong keys, too many connections."""


class MuteError(StreamRefusedError):
    """It said nothing for too long."""


Session = Callable[[Callable[[], None]], Awaitable[None]]
"""One connection, from its handshake to its end; it calls what it is given once it is up."""


async def keep_connected(line: StreamLine, session: Session, pace: Pace = PACE) -> None:
    """Run sessions one after the other; waits begin anew after one that has lasted longer than the longest wait.

    One that merely came up proves little: a server that takes everybody and drops them at once would be stormed.
    """
    waits, log = pace.waits(), logger(line.name)

    def up() -> None:
        line.up()
        log.info("connected")

    while True:
        try:
            await session(up)
            reason = "closed by the server"
        except (OSError, TimeoutError, WebSocketException, StreamRefusedError) as e:
            reason = f"{type(e).__name__}: {e}"
        if line.lasted > pace.most:
            waits = pace.waits()
        line.down(reason)
        wait = next(waits)
        log.warning("disconnected", reason=reason, again_in=round(wait, 2))
        await asyncio.sleep(wait)


async def frames(
    socket: ClientConnection, line: StreamLine, patience: Callable[[], float | None] = lambda: None
) -> AsyncGenerator[str | bytes]:
    """Give what the socket says until the server ends it; raise `MuteError` after so many seconds of silence."""
    while True:
        seconds = patience()
        try:
            async with asyncio.timeout(seconds):
                frame = await socket.recv()
        except ConnectionClosedOK:
            return
        except TimeoutError as e:
            raise MuteError(f"mute for {seconds} s") from e
        line.heard()
        yield frame
