"""The short way through nats-py for what there is much of: a message in is one call, a message out one list entry.

nats-py gives each message a place in a queue, a turn of its subscription's task and a parsed dictionary, and each
publish a future and a turn of its flusher. On the way of a signal that costs more than the signal itself. Connecting,
reconnecting, subscribing, pings and errors stay nats-py's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

import nats.errors
from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.protocol.parser import Parser

LINE = b"\r\n"
VERSION = "NATS/1.0"
_UNSAFE = re.compile(r"\s")


class Incoming(Struct, frozen=True):
    """One message; `head` is its header block as it came, empty where it has none."""

    subject: str
    reply: str
    data: bytes
    head: bytes

    def headers(self) -> dict[str, str]:
        """Read the headers; a status in the first line is given as `Status`."""
        first, *lines = self.head.decode(errors="replace").rstrip("\r\n").split("\r\n")
        status = first[len(VERSION) :].split(maxsplit=1)
        found = {"Status": status[0]} if status else {}
        for line in lines:
            name, _, value = line.partition(":")
            found[name.strip()] = value.strip()
        return found


Handler: TypeAlias = Callable[[Incoming], None]


class Hearing(Struct, frozen=True):
    """A subscription whose messages go to a handler; `number` is the server's name for it."""

    number: int
    subscription: Subscription


class QuickClient(Client):
    """A nats-py client with handlers by subscription id, called at once, and a `post` that never waits."""

    def __init__(self) -> None:
        super().__init__()
        self._handlers: dict[int, Handler] = {}
        self._posted: list[bytes] = []
        self._ps: Parser = QuickParser(self)

    async def hear(self, subject: str, handler: Handler) -> Hearing:
        """Subscribe with a handler that must not raise. Raise `nats.errors.Error` where that is not possible."""
        # The number that nats-py will give: known before the first message can come.
        number = self._sid + 1
        self._handlers[number] = handler
        subscription = await self.subscribe(subject, cb=_unheard)  # pyright: ignore[reportUnknownMemberType] - an untyped future among its arguments
        return Hearing(number, subscription)

    async def leave(self, hearing: Hearing) -> None:
        self._handlers.pop(hearing.number, None)
        await hearing.subscription.unsubscribe()

    def post(self, subject: str, reply: str, data: bytes, headers: Mapping[str, str] | None) -> None:
        """Send at the end of this turn of the event loop, together with whatever else it brings.

        Raise `nats.errors.Error` where it cannot be sent. What was not yet sent when the connection broke is dropped:
        sent after a reconnect it would be late.
        """
        if not self.is_connected:
            raise nats.errors.ConnectionClosedError
        if len(data) > self.max_payload:
            raise nats.errors.MaxPayloadError
        if _UNSAFE.search(subject):
            raise nats.errors.BadSubjectError
        if not self._posted:
            asyncio.get_running_loop().call_soon(self._send_posted)
        self._posted.append(command(subject, reply, data, headers))

    def _send_posted(self) -> None:
        posted, self._posted = self._posted, []
        if self.is_connected and self._transport is not None:
            # A subscription that nats-py has not sent yet comes before what relies on it.
            waiting, self._pending, self._pending_data_size = self._pending, [], 0
            self._transport.write(b"".join((*waiting, *posted)))

    async def take(self, sid: int, message: tuple[bytes, bytes, bytes, bytes]) -> None:
        """Hand a message (subject, reply, data, headers) to whoever listens."""
        if handler := self._handlers.get(sid):
            subject, reply, data, head = message
            handler(Incoming(subject.decode(), reply.decode(), data, head))
        else:
            await self._process_msg(sid, *message)


class QuickParser(Parser):
    """Reads messages itself and leaves every other line to nats-py."""

    def __init__(self, client: QuickClient) -> None:
        super().__init__(client)  # pyright: ignore[reportUnknownMemberType] - nats-py leaves it untyped
        self._client = client

    def reset(self) -> None:
        super().reset()
        self._least = 0
        self._resets = getattr(self, "_resets", 0) + 1

    async def parse(self, data: bytes = b"") -> None:
        self.buf += data
        if len(self.buf) < self._least:
            return
        held, resets = bytes(self.buf), self._resets
        self.buf, self._least = bytearray(), 0
        at = 0
        while (end := held.find(LINE, at) + len(LINE)) >= len(LINE):
            words = held[at:end].split()
            if words and words[0] in {b"MSG", b"HMSG"}:
                size, head = _sizes(words)
                if len(held) < end + size + len(LINE):
                    self._least = end + size + len(LINE) - at
                    break
                # MSG subject sid [reply] size, HMSG subject sid [reply] head size
                reply = words[3] if len(words) - (head > 0) == 5 else b""  # noqa: PLR2004 - as above
                message = (words[1], reply, held[end + head : end + size], held[end : end + head])
                at = end + size + len(LINE)
                await self._client.take(int(words[2]), message)
            else:
                line, at = held[at:end], end
                await super().parse(line)
            if self._resets != resets:
                return
        self.buf = bytearray(held[at:])


async def _unheard(message: Msg) -> None:
    raise AssertionError(f"{message.subject} came past its handler")


def _sizes(words: list[bytes]) -> tuple[int, int]:
    """Read the whole size and the headers' size off a message's line."""
    try:
        return int(words[-1]), int(words[-2]) if words[0] == b"HMSG" else 0
    except ValueError as e:
        raise nats.errors.ProtocolError from e


def command(subject: str, reply: str, data: bytes, headers: Mapping[str, str] | None) -> bytes:
    """Write a publish as the protocol has it."""
    if not headers:
        return f"PUB {subject} {reply} {len(data)}\r\n".encode() + data + LINE
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{VERSION}\r\n{lines}\r\n".encode()
    return b"".join((f"HPUB {subject} {reply} {len(head)} {len(head) + len(data)}\r\n".encode(), head, data, LINE))
