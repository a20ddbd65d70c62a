"""Alpaca's prices on real sockets: what each refusal leads to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
import pytest
from msgspec import structs
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from contracts.market import Quote
from executor.brokers.alpaca.access import Access
from executor.feeds.alpaca import AlpacaData
from executor.feeds.fallback import FallingBack
from executor.feeds.feed import Heard, NotEntitledError, Source
from executor.lines import StreamLine
from executor.reconnect import MuteError, frames
from tests.simulation.serving import Answer, Request, serving

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SPY = Quote(symbol="SPY", bid=1, ask=2, at=AT)
Script = Callable[[ServerConnection], Awaitable[None]]


async def say(socket: ServerConnection, **message: object) -> None:
    await socket.send(msgspec.msgpack.encode([message]))


def refusing(code: int) -> Script:
    async def play(socket: ServerConnection) -> None:
        await say(socket, T="error", code=code, msg="refused")
        await socket.wait_closed()

    return play


async def telling(socket: ServerConnection) -> None:
    await say(socket, T="q", S="SPY", bp=1, ap=2, t=AT)
    await socket.wait_closed()


def admitted(script: Script) -> Script:
    async def play(socket: ServerConnection) -> None:
        await say(socket, T="success", msg="connected")
        await socket.recv()
        await say(socket, T="success", msg="authenticated")
        await script(socket)

    return play


class Server:
    """Plays one script for each connection, the last one again and again."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.connections = 0

    async def play(self, socket: ServerConnection) -> None:
        self.connections += 1
        await self._scripts[min(self.connections, len(self._scripts)) - 1](socket)


@asynccontextmanager
async def alpaca(*scripts: Script) -> AsyncGenerator[tuple[AlpacaData, Server]]:
    server = Server(*scripts)
    async with serve(server.play, "127.0.0.1", 0) as serving:
        port = next(iter(serving.sockets)).getsockname()[1]
        data = AlpacaData(Access("", "key", "secret"), "http://127.0.0.1:9", f"ws://127.0.0.1:{port}/v2/sip")
        await data.subscribe(frozenset({"SPY", "QQQ"}))
        yield data, server


async def first_quote(source: Source) -> Heard:
    """Listen until a quote comes; raise what ends it before."""
    quotes = asyncio.Queue[Heard]()
    listening = asyncio.create_task(source.run(quotes.put_nowait))
    arriving = asyncio.create_task(quotes.get())
    async with asyncio.timeout(20):
        await asyncio.wait((listening, arriving), return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        arriving.cancel()
        listening.result()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return arriving.result()


@pytest.mark.parametrize("code", [401, 402, 404, 406, 407, 500])
async def test_what_may_pass_is_tried_again_on_a_new_connection(code: int):
    async with alpaca(refusing(code), admitted(telling)) as (data, server):
        assert await first_quote(data) == SPY
        assert data.standing().stream.last_error == f"StreamRefusedError: {code} refused"
    assert server.connections == 2


@pytest.mark.parametrize("code", [408, 409, 411])
async def test_what_the_plan_does_not_include_ends_it(code: int):
    async with alpaca(admitted(refusing(code))) as (data, server):
        with pytest.raises(NotEntitledError, match=str(code)):
            await first_quote(data)
        assert data.standing().stream.connected_for is None
    assert server.connections == 1


@pytest.mark.parametrize("code", [400, 403, 410])
async def test_what_hurts_nobody_is_only_logged(code: int):
    async def grumbling(socket: ServerConnection) -> None:
        await say(socket, T="error", code=code, msg="refused")
        await telling(socket)

    async with alpaca(admitted(grumbling)) as (data, server):
        assert await first_quote(data) == SPY
    assert server.connections == 1


async def test_over_the_symbol_limit_as_many_are_followed_as_there_may_be():
    asked: list[list[str]] = []

    async def limited(socket: ServerConnection) -> None:
        while asked[-1:] != [["SPY"]]:
            wanted = cast("dict[str, list[str]]", msgspec.msgpack.decode(await socket.recv(decode=False)))
            if "quotes" not in wanted:
                continue
            asked.append(wanted["quotes"])
            if asked[-1] == ["QQQ", "SPY"]:
                await say(socket, T="error", code=405, msg="symbol limit exceeded")
        await telling(socket)

    async with alpaca(admitted(limited)) as (data, server):
        assert await first_quote(data) == SPY
    assert asked == [["QQQ", "SPY"], ["QQQ"], ["SPY"]]
    assert server.connections == 1


async def test_where_the_plan_refuses_the_next_source_tells_and_it_is_said_why():
    async with alpaca(admitted(refusing(409))) as (sip, _), alpaca(admitted(telling)) as (other, _):
        both = FallingBack(sip, other)
        await both.subscribe(frozenset({"SPY"}))
        assert await first_quote(both) == SPY
        assert both.standing().fallback == "alpaca sip: 409 refused"


async def test_a_socket_that_says_nothing_is_left_after_some_patience():
    async with alpaca(lambda socket: socket.wait_closed()) as (data, _), connect(data.stream_url) as socket:
        with pytest.raises(MuteError, match=r"mute for 0\.05 s"):
            await anext(frames(socket, StreamLine("mute"), lambda: 0.05))


OLD = AT - timedelta(minutes=9)
TRADE = {"trades": {"SPY": {"t": f"{OLD:%FT%TZ}", "p": 1.5}}}


@pytest.mark.parametrize(
    ("quote", "latest"),
    [
        ({"bp": 1, "ap": 2}, SPY),
        ({"bp": 0, "ap": 2}, structs.replace(SPY, bid=0, last=1.5)),
        ({"bp": 3, "ap": 2}, structs.replace(SPY, bid=3, last=1.5)),
        ({"bp": 1, "ap": 0}, structs.replace(SPY, ask=0, last=1.5, at=OLD)),
        (None, Quote(symbol="SPY", bid=0, ask=0, last=1.5, at=OLD)),
    ],
)
def test_the_last_trade_is_asked_for_where_a_quote_is_not_whole_and_is_as_old_as_it_is(
    quote: dict[str, float] | None, latest: Quote
):
    quotes = {"SPY": {"t": f"{AT:%FT%TZ}", **quote}} if quote else {}

    def answer(asked: Request) -> Answer:
        return Answer(200, msgspec.json.encode(TRADE if "/trades/" in asked.target else {"quotes": quotes}))

    with serving(answer) as url:
        assert AlpacaData(Access("", "key", "secret"), url, "ws://127.0.0.1:9/v2/iex").latest("SPY") == latest
