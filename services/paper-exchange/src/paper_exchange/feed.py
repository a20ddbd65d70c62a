"""`/v2/iex` and `/v2/sip`: trades, quotes and bars as they happen, in MessagePack or JSON."""

from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

import msgpack
import msgspec
from aiohttp import WSMsgType, web
from msgspec import Struct

from paper_exchange import bars, times
from paper_exchange.access import Access
from paper_exchange.market import Beat
from paper_exchange.outbox import Outbox
from paper_exchange.tape import SECOND

CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
Message: TypeAlias = dict[str, object]
_pack = cast("Callable[[object], bytes]", msgpack.packb)  # pyright: ignore[reportUnknownMemberType] - untyped library
Encode: TypeAlias = Callable[[list[Message]], bytes | str]


class Said(Struct, frozen=True):
    """What a client sends; the channels are those of a subscription."""

    action: str
    key: str = ""
    secret: str = ""
    trades: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    updatedBars: tuple[str, ...] = ()  # noqa: N815 - the wire's name
    dailyBars: tuple[str, ...] = ()  # noqa: N815 - the wire's name
    statuses: tuple[str, ...] = ()
    lulds: tuple[str, ...] = ()


class Listener:
    """One connection: what it wants and how it is spoken to."""

    def __init__(self, outbox: Outbox, *, packed: bool) -> None:
        self.packed = packed
        self.known = False
        self.channels: dict[str, set[str]] = {channel: set() for channel in CHANNELS}
        self._outbox = outbox

    def send(self, messages: list[Message]) -> None:
        self._outbox.put(_packed(messages) if self.packed else msgspec.json.encode(messages).decode())

    def fail(self, code: int, text: str) -> None:
        self.send([{"T": "error", "code": code, "msg": text}])

    def wants(self, channel: str, symbol: str) -> bool:
        chosen = self.channels[channel]
        return symbol in chosen or "*" in chosen

    def subscribe(self, said: Said) -> None:
        for channel, chosen in self.channels.items():
            named: Iterable[str] = getattr(said, channel)
            if said.action == "subscribe":
                chosen.update(named)
            else:
                chosen.difference_update(named)
        self.send([{"T": "subscription", **{name: sorted(chosen) for name, chosen in self.channels.items()}}])


class Feed:
    def __init__(self, access: Access) -> None:
        self._access = access
        self._listeners: dict[Listener, web.WebSocketResponse] = {}

    def tell(self, beat: Beat) -> None:
        messages = tuple(_messages(beat)) if self._listeners else ()
        for listener in self._listeners:
            wanted = [_timed(message, packed=listener.packed) for channel, message in messages
                      if listener.known and listener.wants(channel, str(message["S"]))]  # fmt: skip
            if wanted:
                listener.send(wanted)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        outbox = Outbox(socket)
        listener = Listener(outbox, packed="msgpack" in request.headers.get("Content-Type", ""))
        self._listeners[listener] = socket
        try:
            listener.send([{"T": "success", "msg": "connected"}])
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._hear(listener, message.data)
        finally:
            del self._listeners[listener]
            outbox.stop()
        return socket

    async def stop(self) -> None:
        for socket in tuple(self._listeners.values()):
            await socket.close()

    def _hear(self, listener: Listener, data: str | bytes) -> None:
        said = _read(data)
        if said is None:
            listener.fail(400, "invalid syntax")
        elif said.action == "auth":
            self._admit(listener, said)
        elif not listener.known:
            listener.fail(401, "not authenticated")
        elif said.action in {"subscribe", "unsubscribe"}:
            listener.subscribe(said)
        else:
            listener.fail(400, "invalid syntax")

    def _admit(self, listener: Listener, said: Said) -> None:
        if listener.known:
            listener.fail(403, "already authenticated")
        elif self._access.account(said.key, said.secret) is None:
            listener.fail(402, "auth failed")
        else:
            listener.known = True
            listener.send([{"T": "success", "msg": "authenticated"}])


def _read(data: str | bytes) -> Said | None:
    """Read JSON text or a MessagePack map."""
    try:
        if isinstance(data, str):
            return msgspec.json.decode(data, type=Said)
        return msgspec.msgpack.decode(data, type=Said)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _messages(beat: Beat) -> Iterable[tuple[str, Message]]:
    """Name the channel of every message; the minute that has ended comes before the next one's prints."""
    for minute in beat.minutes:
        yield "bars", {"T": "b", "S": minute.bar.symbol, **bars.bar(bars.candle(minute)), "t": minute.at}
    for shown in beat.prints:
        yield "quotes", {"T": "q", "S": shown.symbol, **bars.quote(shown), "t": shown.at}
        yield "trades", {"T": "t", "S": shown.symbol, **bars.trade(shown), "t": shown.at}


def _timed(message: Message, *, packed: bool) -> Message:
    at = message["t"]
    if not isinstance(at, int):
        raise TypeError(f"the time of a message was {at!r}, expected nanoseconds")
    return {**message, "t": msgpack.Timestamp(*divmod(at, SECOND)) if packed else times.stamp(at)}


def _packed(messages: list[Message]) -> bytes:
    # msgspec writes datetimes, which hold microseconds; Alpaca's timestamps hold nanoseconds.
    return _pack(messages)
