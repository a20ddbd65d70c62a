"""The client of a WebSocket signal server: it stays connected, whatever the server does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

from msgspec import Struct
from prometheus_client import Gauge
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from chassis.telemetry import logger
from contracts.signals import Source
from signal_gateway.intake import Intake
from signal_gateway.normalise import MAX_BYTES
from signal_gateway.refusals import Code, refusal

CONNECTED = Gauge("interlock_websocket_connected", "1 while connected to the signal server")

READ_BYTES = 32 * MAX_BYTES
"""A message up to this size is read and refused; a larger one costs the connection."""
MESSAGE_TOO_BIG = 1009


class Server(Struct, frozen=True):
    """Where signals come from; seconds of real time."""

    url: str
    heartbeat: float = 30.0
    first_delay: float = 1.0
    longest_delay: float = 60.0


async def listen(server: Server, intake: Intake) -> None:
    """Take in what the server sends, for ever."""
    waits = delays(server)
    while True:
        try:
            heard = await _hear(server, intake)
        except (OSError, TimeoutError, WebSocketException) as e:
            heard = False
            logger("websocket").warning("not connected to the signal server", url=server.url, error=_said(e))
        if heard:
            waits = delays(server)
        await asyncio.sleep(next(waits))


async def _hear(server: Server, intake: Intake) -> bool:
    """Read one connection to its end; say whether anything came."""
    heard = False
    async with connect(
        server.url, ping_interval=server.heartbeat, ping_timeout=server.heartbeat, max_size=READ_BYTES, proxy=None
    ) as socket:
        logger("websocket").info("connected to the signal server", url=server.url)
        CONNECTED.set(1)
        try:
            while True:
                data = await socket.recv(decode=False)
                heard = True
                await intake.room()
                intake.take(data)
        except ConnectionClosed as e:
            if e.sent is not None and e.sent.code == MESSAGE_TOO_BIG:
                intake.refuse(refusal(Source.WS, Code.TOO_LARGE, e.sent.reason, b""))
            logger("websocket").warning("the signal server's connection ended", url=server.url, error=str(e))
        finally:
            CONNECTED.set(0)
    return heard


def delays(server: Server) -> Iterator[float]:
    """Double the wait each time. Half of it is chance, so that many clients do not come back together."""
    longest = server.first_delay
    while True:
        yield longest * random.uniform(0.5, 1)  # noqa: S311 - no secret
        longest = min(2 * longest, server.longest_delay)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
