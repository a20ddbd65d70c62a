"""One connection to the market-data stream: what it says, what it wants and how it is spoken to."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import cast

import msgpack
import msgspec
from aiohttp import web
from msgspec import Struct

from paper_exchange.outbox import Outbox
from paper_exchange.told import CHANNELS, EVERY_SYMBOL
from paper_exchange.wire import UNREADABLE

FOLLOWING = ("corrections", "cancelErrors")  # who hears of trades hears of these
ERRORS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    404: "auth timeout",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    407: "slow client",
    409: "insufficient subscription",
    410: "invalid subscribe action for this feed",
}


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
    orderbooks: tuple[str, ...] = ()  # of other feeds, as the next one
    news: tuple[str, ...] = ()

    def named(self, channel: str) -> tuple[str, ...]:
        return getattr(self, channel)


class Listener:
    def __init__(self, socket: web.WebSocketResponse, *, packed: bool) -> None:
        self.packed = packed
        self.account: str | None = None  # until the keys have come
        self.channels: Mapping[str, frozenset[str]] = {channel: frozenset() for channel in CHANNELS}
        self._outbox = Outbox(socket, self._control(_error(407)))

    def send(self, encoded: Sequence[bytes]) -> None:
        self._outbox.put(_array(encoded, packed=self.packed))

    def reply(self, members: Mapping[str, object]) -> None:
        self._outbox.put(self._control(members))

    def fail(self, code: int) -> None:
        self.reply(_error(code))

    def part(self, code: int) -> None:
        """Say what is wrong, and close."""
        self._outbox.finish(self._control(_error(code)))

    def stop(self) -> None:
        self._outbox.stop()

    def subscribe(self, said: Said, most: float) -> None:
        """Widen or narrow what is heard; too many symbols change nothing."""
        wanted = {channel: chosen | frozenset(said.named(channel)) for channel, chosen in self.channels.items()}
        if said.action == "unsubscribe":
            wanted = {channel: chosen - frozenset(said.named(channel)) for channel, chosen in self.channels.items()}
        limited = wanted["trades"] | wanted["quotes"]
        if said.action == "subscribe" and (len(limited) > most or (EVERY_SYMBOL in limited and most < inf)):
            self.fail(405)
            return
        self.channels = wanted
        listed = {channel: sorted(chosen) for channel, chosen in wanted.items()}
        self.reply({"T": "subscription", **listed, **dict.fromkeys(FOLLOWING, listed["trades"])})

    def _control(self, members: Mapping[str, object]) -> bytes | str:
        encoded = msgspec.msgpack.encode(members) if self.packed else msgspec.json.encode(members)
        return _array((encoded,), packed=self.packed)


def read(data: str | bytes) -> Said | None:
    """Read JSON text or a MessagePack map."""
    try:
        if isinstance(data, str):
            return msgspec.json.decode(data, type=Said)
        return msgspec.msgpack.decode(data, type=Said)
    except UNREADABLE:
        return None


def _array(members: Sequence[bytes], *, packed: bool) -> bytes | str:
    """Put encoded members into one array, as every frame of the stream is."""
    if packed:
        header = msgpack.Packer().pack_array_header(len(members))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped library
        return cast("bytes", header) + b"".join(members)
    return (b"[" + b",".join(members) + b"]").decode()


def _error(code: int) -> Mapping[str, object]:
    return {"T": "error", "code": code, "msg": ERRORS[code]}
