"""Alpaca's market data: quotes, minute bars and halts over its WebSocket, the latest quote by REST."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chassis.telemetry import logger
from contracts.market import Quote
from executor.brokers.alpaca.access import Access
from executor.feeds import wire
from executor.feeds.feed import Listener, NotEntitledError, SourceUnavailableError, Standing
from executor.feeds.http import Http
from executor.lines import StreamLine
from executor.reconnect import HANDSHAKE_SECONDS, MuteError, StreamRefusedError, frames, keep_connected

MARKET_DATA = "market_data"
FEEDS = frozenset({"iex", "sip", "delayed_sip"})

MUTE_SECONDS, LONGEST_MUTE_SECONDS = 90.0, 600.0
"""After so long a silence the socket is made anew; twice as long after each that said nothing, for the night's sake."""

SYMBOL_LIMIT = 405
NOT_IN_THE_PLAN = frozenset({408, 409, 411})
"""No version 2, insufficient subscription, insufficient scope."""
ENDING = frozenset({401, 402, 404, 406, 407, 500})
"""Not authenticated, wrong key, too late, a connection too many, too slow, their own error: come again later."""


class AlpacaData:
    """One symbol set; what is subscribed to survives a reconnect."""

    def __init__(self, access: Access, rest_url: str, stream_url: str) -> None:
        self._access, self.stream_url = access, stream_url
        self._http = Http(rest_url, {"APCA-API-KEY-ID": access.key, "APCA-API-SECRET-KEY": access.secret})
        self._patience = MUTE_SECONDS
        self._over_limit, self._asked = False, frozenset[str]()
        self._feed, self._line = stream_url.rpartition("/")[2], StreamLine(MARKET_DATA)
        self._symbols: frozenset[str] = frozenset()
        self._socket: ClientConnection | None = None

    def latest(self, symbol: str) -> Quote | None:
        try:
            quote = wire.latest_quote(self._get("quotes", symbol), symbol)
            if quote is not None and 0 < quote.bp <= quote.ap:
                return wire.quote(symbol, quote)
            trade = wire.latest_trade(self._get("trades", symbol), symbol)
        except msgspec.DecodeError as e:
            raise SourceUnavailableError(f"the answer cannot be read: {e}") from e
        if trade is None:
            return None
        if quote is None or not quote.ap:
            # What a share costs is the trade's price then, so it is as old as the trade.
            return wire.quote(symbol, wire.WireQuote(t=trade.t, bp=quote.bp if quote else 0.0), last=trade.p)
        return wire.quote(symbol, quote, last=trade.p)

    async def subscribe(self, symbols: frozenset[str]) -> None:
        gone, fresh = self._symbols - symbols, symbols - self._symbols
        self._symbols = symbols
        if self._socket is not None:
            try:
                await self._send(self._socket, "unsubscribe", gone)
                await self._send(self._socket, "subscribe", fresh)
            except ConnectionClosed:
                return  # the next session asks for all of them

    async def run(self, tell: Listener) -> None:
        def hear(heard: wire.Heard) -> None:
            match heard:
                case wire.Control(T="error"):
                    self._refused(heard)
                case wire.Control():
                    return
                case _:
                    tell(heard)

        try:
            await keep_connected(self._line, lambda up: self._session(up, hear))
        except NotEntitledError as e:
            self._line.down(str(e))
            raise

    def _refused(self, said: wire.Control) -> None:
        logger(MARKET_DATA).error("refused", code=said.code, reason=said.msg)
        if said.code == SYMBOL_LIMIT:
            self._over_limit = True
        judge(said)

    def standing(self) -> Standing:
        return Standing(provider="alpaca", feed=self._feed, stream=self._line.told())

    async def _session(self, up: Callable[[], None], tell: Callable[[wire.Heard], None]) -> None:
        packed = {"Content-Type": "application/msgpack"}
        async with connect(
            self.stream_url, additional_headers=packed, open_timeout=HANDSHAKE_SECONDS, max_queue=None
        ) as socket:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await self._handshake(socket)
            self._socket = socket
            try:
                await self._send(socket, "subscribe", self._symbols)
                up()
                await self._listen(socket, tell)
            finally:
                self._socket = None

    async def _listen(self, socket: ClientConnection, tell: Callable[[wire.Heard], None]) -> None:
        try:
            async for frame in frames(socket, self._line, lambda: self._patience if self._symbols else None):
                if _hear(frame, tell):
                    self._patience = MUTE_SECONDS
                if self._over_limit:
                    self._over_limit = False
                    await self._one_by_one(socket)
        except MuteError:
            self._patience = min(2 * self._patience, LONGEST_MUTE_SECONDS)
            raise

    async def _one_by_one(self, socket: ClientConnection) -> None:
        """Ask again after too many symbols: all of a request is refused where a part of it is too much."""
        if len(self._asked) > 1:
            for symbol in sorted(self._asked):
                await self._send(socket, "subscribe", frozenset({symbol}))

    async def _handshake(self, socket: ClientConnection) -> None:
        await _success(socket, "connected")
        keys = {"action": "auth", "key": self._access.key, "secret": self._access.secret}
        await socket.send(msgspec.msgpack.encode(keys))
        await _success(socket, "authenticated")

    async def _send(self, socket: ClientConnection, action: str, symbols: frozenset[str]) -> None:
        if symbols:
            self._asked, names = symbols, sorted(symbols)
            await socket.send(msgspec.msgpack.encode({"action": action, "quotes": names, "bars": names}))
            # By themselves: a feed that had no statuses would refuse the prices with them.
            await socket.send(msgspec.msgpack.encode({"action": action, "statuses": names}))

    def _get(self, what: str, symbol: str) -> bytes:
        query = {"symbols": symbol} | ({"feed": self._feed} if self._feed in FEEDS else {})
        return self._http.get(f"v2/stocks/{what}/latest", query) or b"{}"


async def _success(socket: ClientConnection, expected: str) -> None:
    """Wait for one success; anything else ends the try."""
    for heard in wire.messages(await socket.recv()):
        if isinstance(heard, wire.Control):
            judge(heard)
            if (heard.T, heard.msg) == ("success", expected):
                continue
        raise StreamRefusedError(f"{MARKET_DATA} answered {heard}, expected {expected!r}")


def judge(said: wire.Control) -> None:
    """Raise what an error means for the connection; one that is told in neither set is only logged."""
    if said.code in NOT_IN_THE_PLAN:
        raise NotEntitledError(f"{said.code} {said.msg}")
    if said.code in ENDING:
        raise StreamRefusedError(f"{said.code} {said.msg}")


def _hear(frame: str | bytes, tell: Callable[[wire.Heard], None]) -> bool:
    """Tell what a frame holds; say whether there was a price in it."""
    priced = False
    try:
        for heard in wire.messages(frame):
            priced = priced or not isinstance(heard, wire.Control)
            tell(heard)
    except (msgspec.DecodeError, KeyError) as e:
        logger(MARKET_DATA).error("frame cannot be read", error=str(e))
    return priced
