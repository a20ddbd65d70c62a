"""Polygon's stocks: over its WebSocket, or by questions where the plan has no real-time stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chassis.telemetry import logger
from contracts.market import Quote
from executor.feeds import polygon_wire as wire
from executor.feeds.feed import Listener, NotEntitledError, SourceUnavailableError, Standing
from executor.feeds.http import Http
from executor.lines import StreamLine
from executor.reconnect import HANDSHAKE_SECONDS, StreamRefusedError, frames, keep_connected

POLYGON = "polygon"
SNAPSHOT = "v2/snapshot/locale/us/markets/stocks/tickers"
KINDS = ("T", "Q", "AM")

NOT_IN_THE_PLAN = frozenset({"auth_failed", "not_authorized", "error"})
ENDING = frozenset({"auth_timeout", "max_connections", "slow_consumer", "force_disconnect"})


class PolygonPlace(Struct, frozen=True, kw_only=True):
    key: str
    url: str
    stream_url: str

    def __repr__(self) -> str:
        return f"PolygonPlace({self.url!r})"


class Snapshots:
    """Polygon's word about many symbols at once; 15 minutes old on lower plans, which then counts as not included."""

    def __init__(self, place: PolygonPlace) -> None:
        self._http = Http(place.url, {"Authorization": f"Bearer {place.key}"})

    def latest(self, symbol: str) -> Quote | None:
        return next(iter(self._read(self._http.get(f"{SNAPSHOT}/{symbol}", {}))), None)

    def all(self, symbols: frozenset[str]) -> list[Quote]:
        return self._read(self._http.get(SNAPSHOT, {"tickers": ",".join(sorted(symbols))}))

    def _read(self, body: bytes | None) -> list[Quote]:
        if body is None:
            return []
        try:
            snapshot = msgspec.json.decode(body, type=wire.Snapshot)
        except msgspec.DecodeError as e:
            raise SourceUnavailableError(f"the answer cannot be read: {e}") from e
        if snapshot.status not in {"OK", ""}:
            raise NotEntitledError(f"snapshots are {snapshot.status}")
        return wire.quotes(snapshot)


class PolygonStream:
    """Quotes with the last trade, and minute bars; what is subscribed to survives a reconnect."""

    def __init__(self, place: PolygonPlace, snapshots: Snapshots) -> None:
        self._place, self._snapshots = place, snapshots
        self._line = StreamLine(POLYGON)
        self._symbols: frozenset[str] = frozenset()
        self._last: dict[str, float] = {}
        self._socket: ClientConnection | None = None

    def latest(self, symbol: str) -> Quote | None:
        return self._snapshots.latest(symbol)

    async def subscribe(self, symbols: frozenset[str]) -> None:
        gone, fresh = self._symbols - symbols, symbols - self._symbols
        self._symbols = symbols
        if self._socket is not None:
            try:
                await _ask(self._socket, "unsubscribe", gone)
                await _ask(self._socket, "subscribe", fresh)
            except ConnectionClosed:
                return  # the next session asks for all of them

    def standing(self) -> Standing:
        return Standing(provider=POLYGON, feed="stream", stream=self._line.told())

    async def run(self, tell: Listener) -> None:
        def hear(event: wire.Event) -> None:
            match event:
                case wire.Trade():
                    self._last[event.sym] = event.p
                case wire.WireQuote():
                    tell(wire.quote(event, self._last.get(event.sym, 0.0)))
                case wire.WireBar():
                    tell(wire.bar(event))
                case wire.Status():
                    judge(event)

        try:
            await keep_connected(self._line, lambda up: self._session(up, hear))
        except NotEntitledError as e:
            self._line.down(str(e))
            raise

    async def _session(self, up: Callable[[], None], tell: Callable[[wire.Event], None]) -> None:
        async with connect(self._place.stream_url, open_timeout=HANDSHAKE_SECONDS, max_queue=None) as socket:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await _status(socket, "connected")
                await _send(socket, "auth", self._place.key)
                await _status(socket, "auth_success")
            self._socket = socket
            try:
                await _ask(socket, "subscribe", self._symbols)
                up()
                async for frame in frames(socket, self._line):
                    _hear(frame, tell)
            finally:
                self._socket = None


def judge(said: wire.Status) -> None:
    """Raise what a status means for the connection; the rest are good news."""
    text = f"{said.status}: {said.message}"
    if said.status in NOT_IN_THE_PLAN:
        raise NotEntitledError(text)
    if said.status in ENDING:
        raise StreamRefusedError(text)


async def _status(socket: ClientConnection, expected: str) -> None:
    for event in wire.events(await socket.recv()):
        if isinstance(event, wire.Status):
            judge(event)
            if event.status == expected:
                continue
        raise StreamRefusedError(f"{POLYGON} answered {event}, expected {expected!r}")


async def _ask(socket: ClientConnection, action: str, symbols: frozenset[str]) -> None:
    if symbols:
        await _send(socket, action, ",".join(f"{kind}.{symbol}" for symbol in sorted(symbols) for kind in KINDS))


async def _send(socket: ClientConnection, action: str, params: str) -> None:
    await socket.send(msgspec.json.encode({"action": action, "params": params}).decode())


def _hear(frame: str | bytes, tell: Callable[[wire.Event], None]) -> None:
    try:
        for event in wire.events(frame):
            tell(event)
    except msgspec.DecodeError as e:
        logger(POLYGON).error("frame cannot be read", error=str(e))
