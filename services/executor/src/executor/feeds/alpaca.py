"""Alpaca's market data: quotes and minute bars over its WebSocket, the latest quote by REST."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import msgspec
import requests
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chassis.telemetry import logger
from contracts.market import Bar, Quote
from executor.brokers.alpaca.access import Access
from executor.feeds import wire
from executor.feeds.feed import SourceUnavailableError, Standing
from executor.lines import StreamLine
from executor.reconnect import HANDSHAKE_SECONDS, StreamRefusedError, frames, keep_connected

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
MARKET_DATA = "market_data"
OK = 200


class AlpacaData:
    """One symbol set; what is subscribed to survives a reconnect."""

    def __init__(self, access: Access, rest_url: str, stream_url: str) -> None:
        self._access, self._rest_url, self._stream_url = access, rest_url.rstrip("/"), stream_url
        self._feed, self._line = stream_url.rpartition("/")[2], StreamLine(MARKET_DATA)
        self._own = threading.local()
        self._symbols: frozenset[str] = frozenset()
        self._socket: ClientConnection | None = None

    def latest(self, symbol: str) -> Quote | None:
        try:
            quote = wire.latest_quote(self._get("quotes", symbol), symbol)
            if quote is not None and quote.ap:
                return wire.quote(symbol, quote)
            trade = wire.latest_trade(self._get("trades", symbol), symbol)
        except msgspec.DecodeError as e:
            raise SourceUnavailableError(f"the answer cannot be read: {e}") from e
        if trade is None:
            return None
        return wire.quote(symbol, quote or wire.WireQuote(t=trade.t), last=trade.p)

    async def subscribe(self, symbols: frozenset[str]) -> None:
        gone, fresh = self._symbols - symbols, symbols - self._symbols
        self._symbols = symbols
        if self._socket is not None:
            try:
                await self._send(self._socket, "unsubscribe", gone)
                await self._send(self._socket, "subscribe", fresh)
            except ConnectionClosed:
                return  # the next session asks for all of them

    async def run(self, on_quote: Callable[[Quote], None], on_bar: Callable[[Bar], None]) -> None:
        def tell(heard: wire.Heard) -> None:
            match heard:
                case Quote():
                    on_quote(heard)
                case Bar():
                    on_bar(heard)
                case wire.Control(T="error"):
                    logger(MARKET_DATA).error("refused", code=heard.code, reason=heard.msg)
                case wire.Control():
                    return

        await keep_connected(self._line, lambda up: self._session(up, tell))

    def standing(self) -> Standing:
        return Standing(provider="alpaca", feed=self._feed, stream=self._line.told())

    async def _session(self, up: Callable[[], None], tell: Callable[[wire.Heard], None]) -> None:
        packed = {"Content-Type": "application/msgpack"}
        async with connect(
            self._stream_url, additional_headers=packed, open_timeout=HANDSHAKE_SECONDS, max_queue=None
        ) as socket:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await self._handshake(socket)
            self._socket = socket
            try:
                await self._send(socket, "subscribe", self._symbols)
                up()
                async for frame in frames(socket, self._line):
                    _hear(frame, tell)
            finally:
                self._socket = None

    async def _handshake(self, socket: ClientConnection) -> None:
        await _success(socket, "connected")
        keys = {"action": "auth", "key": self._access.key, "secret": self._access.secret}
        await socket.send(msgspec.msgpack.encode(keys))
        await _success(socket, "authenticated")

    async def _send(self, socket: ClientConnection, action: str, symbols: frozenset[str]) -> None:
        if symbols:
            names = sorted(symbols)
            await socket.send(msgspec.msgpack.encode({"action": action, "quotes": names, "bars": names}))

    def _get(self, what: str, symbol: str) -> bytes:
        try:
            answer = self._session_of_thread().get(
                f"{self._rest_url}/v2/stocks/{what}/latest",
                params={"symbols": symbol},
                headers={"APCA-API-KEY-ID": self._access.key, "APCA-API-SECRET-KEY": self._access.secret},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
        except requests.RequestException as e:
            raise SourceUnavailableError(f"{type(e).__name__}: {e}") from e
        if answer.status_code != OK:
            raise SourceUnavailableError(f"http {answer.status_code}: {answer.text[:200]}")
        return answer.content

    def _session_of_thread(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
        return session


async def _success(socket: ClientConnection, expected: str) -> None:
    """Wait for one success; anything else, like 402 for a wrong key or 406 for a second connection, ends the try."""
    for heard in wire.messages(await socket.recv()):
        if not isinstance(heard, wire.Control) or heard.T != "success" or heard.msg != expected:
            raise StreamRefusedError(f"{MARKET_DATA} answered {heard}, expected {expected!r}")


def _hear(frame: str | bytes, tell: Callable[[wire.Heard], None]) -> None:
    try:
        for heard in wire.messages(frame):
            tell(heard)
    except (msgspec.DecodeError, KeyError) as e:
        logger(MARKET_DATA).error("frame cannot be read", error=str(e))
