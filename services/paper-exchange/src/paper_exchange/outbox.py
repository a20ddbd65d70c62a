"""Frames on their way to one WebSocket: handed over at once, sent by the socket's own task."""

import asyncio

from aiohttp import web

DEEPEST = 10_000  # frames; a client that reads slower than that is cut off, as nothing may be left out


class Outbox:
    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._frames: asyncio.Queue[bytes | str] = asyncio.Queue(DEEPEST)
        self._sender = asyncio.create_task(self._send())

    def put(self, frame: bytes | str) -> None:
        """Send bytes as a binary frame, text as a text frame."""
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.stop()

    def stop(self) -> None:
        self._sender.cancel()

    async def _send(self) -> None:
        try:
            while True:
                frame = await self._frames.get()
                if isinstance(frame, bytes):
                    await self._socket.send_bytes(frame)
                else:
                    await self._socket.send_str(frame)
        except ConnectionError:
            return
        finally:
            await self._socket.close()
