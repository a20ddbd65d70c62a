"""Alpaca's `trade_updates`, on a client of our own.

alpaca-py's TradingStream connects again without telling anybody, retries a wrong key for ever, and swallows whatever
a handler raises together with the event; here a reconnect and a frame that cannot be read each ask for a
reconciliation, since nothing is ever sent twice on this socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect

from chassis.telemetry import logger
from executor.brokers.alpaca import parse
from executor.brokers.alpaca.access import Access
from executor.brokers.broker import BrokerOrder, Execution
from executor.lines import StreamLine
from executor.reconnect import HANDSHAKE_SECONDS, StreamRefusedError, frames, keep_connected

TRADE_UPDATES = "trade_updates"


class _Frame(Struct, frozen=True):
    stream: str
    data: msgspec.Raw


class _Status(Struct, frozen=True):
    status: str = ""


class TradeUpdates:
    """`hear` takes what the broker tells, `missed` is called whenever something may not have been heard."""

    def __init__(
        self, access: Access, hear: Callable[[BrokerOrder, Execution | None], None], missed: Callable[[], None]
    ) -> None:
        self._access, self._hear, self._missed = access, hear, missed
        self.listening, self.line = asyncio.Event(), StreamLine(TRADE_UPDATES)

    async def run(self) -> None:
        await keep_connected(self.line, self._session)

    async def _session(self, up: Callable[[], None]) -> None:
        try:
            async with connect(self._access.stream_url, open_timeout=HANDSHAKE_SECONDS, max_queue=None) as socket:
                async with asyncio.timeout(HANDSHAKE_SECONDS):
                    await self._handshake(socket)
                up()
                self.listening.set()
                self._missed()
                async for frame in frames(socket, self.line):
                    self._on_frame(frame)
        finally:
            self.listening.clear()

    async def _handshake(self, socket: ClientConnection) -> None:
        keys = {"key_id": self._access.key, "secret_key": self._access.secret}
        await socket.send(_text({"action": "authenticate", "data": keys}))
        answer = msgspec.json.decode(await socket.recv(), type=_Frame)
        status = msgspec.json.decode(answer.data, type=_Status).status
        if status != "authorized":
            raise StreamRefusedError(f"{TRADE_UPDATES} answered {status!r} to our key, expected 'authorized'")
        await socket.send(_text({"action": "listen", "data": {"streams": [TRADE_UPDATES]}}))
        await socket.recv()

    def _on_frame(self, data: str | bytes) -> None:
        try:
            frame = msgspec.json.decode(data, type=_Frame)
            if frame.stream != TRADE_UPDATES:
                return
            update = msgspec.json.decode(frame.data, type=parse.WireUpdate, strict=False)
        except msgspec.DecodeError as e:
            logger(TRADE_UPDATES).error("frame cannot be read", error=str(e))
            self._missed()
        else:
            if parse.is_readable(update.order):
                self._hear(parse.order(update.order), parse.execution(update))


def _text(message: dict[str, object]) -> str:
    return msgspec.json.encode(message).decode()
