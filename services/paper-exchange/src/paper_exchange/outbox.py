"""Frames on their way to one WebSocket: handed over at once, sent by the socket's own task."""

import asyncio
from enum import StrEnum

from aiohttp import WSCloseCode, web

DEEPEST = 10_000  # frames; a client that reads slower than that is cut off, as nothing may be left out


class Frames(StrEnum):
    """How JSON travels: Alpaca's paper accounts get it in binary frames, its live accounts as text."""

    BINARY = "binary"
    TEXT = "text"


class Outbox:
    def __init__(self, socket: web.WebSocketResponse, farewell: bytes | str | None = None) -> None:
        """`farewell`: what a client that reads too slowly is told, if it can be."""
        self._socket = socket
        self._farewell = farewell
        self._frames: asyncio.Queue[bytes | str | None] = asyncio.Queue(DEEPEST)
        self._muted = False
        self._code = WSCloseCode.OK
        self._sender = asyncio.create_task(self._send())

    def put(self, frame: bytes | str) -> None:
        """Send bytes as a binary frame, text as a text frame."""
        if self._muted:
            return
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            if self._farewell is None:
                self.stop()
            else:
                self.finish(self._farewell)

    def mute(self) -> None:
        """Leave the socket open, and send nothing more."""
        self._muted = True

    def finish(self, last: bytes | str) -> None:
        """Send one frame in place of all that wait, and close."""
        while not self._frames.empty():
            self._frames.get_nowait()
        self._frames.put_nowait(last)
        self._frames.put_nowait(None)
        self.mute()

    def stop(self, code: WSCloseCode = WSCloseCode.OK) -> None:
        self._code = code
        self._sender.cancel()

    async def _send(self) -> None:
        try:
            while (frame := await self._frames.get()) is not None:
                if isinstance(frame, bytes):
                    await self._socket.send_bytes(frame)
                else:
                    await self._socket.send_str(frame)
        except ConnectionError:
            return
        finally:
            await self._socket.close(code=self._code)
