"""Polygon's prices on its wire: what it tells, and what happens where the plan refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve

from chassis.settings import SettingsError, load
from contracts.market import Bar, Quote
from executor.feeds.fallback import FallingBack
from executor.feeds.feed import Heard, NotEntitledError, SourceUnavailableError
from executor.feeds.polled import Polled
from executor.feeds.polygon import POLYGON, PolygonPlace, PolygonStream, Snapshots
from executor.settings import Settings
from executor.venue import choose

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)
TICKER = {
    "ticker": "SPY", "lastTrade": {"p": 1.5, "t": MS * 1_000_000 - 7},
    "lastQuote": {"p": 1, "P": 2, "t": MS * 1_000_000},
}  # fmt: skip
SPY = Quote(symbol="SPY", bid=1, ask=2, at=AT, last=1.5)


@contextmanager
def rest(code: int = 200, /, **body: object) -> Generator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Polygon(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['Authorization']}")
            self.send_response(code)
            self.send_header("Retry-After", "17")
            self.end_headers()
            self.wfile.write(msgspec.json.encode(body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Polygon) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


def place(url: str = "http://127.0.0.1:9", stream: str = "") -> PolygonPlace:
    return PolygonPlace(key="key", url=url, stream_url=stream)


class Stream:
    """Polygon's WebSocket: admits the right key, then says what it is given."""

    def __init__(self, *says: dict[str, object], welcome: str = "auth_success") -> None:
        self._says, self._welcome = says, welcome
        self.asked: list[dict[str, str]] = []

    async def play(self, socket: ServerConnection) -> None:
        await self._say(socket, {"ev": "status", "status": "connected", "message": "Connected Successfully"})
        self.asked.append(msgspec.json.decode(await socket.recv(), type=dict[str, str]))
        await self._say(socket, {"ev": "status", "status": self._welcome, "message": "authenticated"})
        self.asked.append(msgspec.json.decode(await socket.recv(), type=dict[str, str]))
        await self._say(socket, *self._says)
        await socket.wait_closed()

    async def _say(self, socket: ServerConnection, *events: dict[str, object]) -> None:
        await socket.send(msgspec.json.encode(events).decode())

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        async with serve(self.play, "127.0.0.1", 0) as serving:
            port = next(iter(serving.sockets)).getsockname()[1]
            yield f"ws://127.0.0.1:{port}/stocks"


async def hear(source: PolygonStream | FallingBack, count: int) -> list[Heard]:
    """Listen until so much was told; raise what ends it before."""
    heard: list[Heard] = []
    enough = asyncio.Event()

    def note(one: Heard) -> None:
        heard.append(one)
        if len(heard) >= count:
            enough.set()

    listening = asyncio.create_task(source.run(note))
    waiting = asyncio.create_task(enough.wait())
    async with asyncio.timeout(20):
        await asyncio.wait((listening, waiting), return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        waiting.cancel()
        listening.result()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return heard


QUOTE: dict[str, object] = {"ev": "Q", "sym": "SPY", "bp": 1, "ap": 2, "t": MS, "bx": 4, "z": 3}


async def test_trades_quotes_and_minutes_are_told_in_our_words():
    minute: dict[str, object] = {
        "ev": "AM",
        "sym": "SPY",
        "o": 1,
        "h": 3,
        "l": 0.5,
        "c": 2,
        "v": 100,
        "av": 900,
        "s": MS,
        "e": MS + 60_000,
    }
    stream = Stream({"ev": "LULD", "T": "SPY"}, {"ev": "T", "sym": "SPY", "p": 1.5, "s": 10, "t": MS}, QUOTE, minute)
    async with stream.serving() as url:
        there = place(stream=url)
        source = PolygonStream(there, Snapshots(there))
        await source.subscribe(frozenset({"SPY"}))
        heard = await hear(source, 2)
    assert heard == [
        SPY, Bar(symbol="SPY", timeframe="1Min", open=1, high=3, low=0.5, close=2, volume=100, at=AT)
    ]  # fmt: skip
    assert stream.asked == [
        {"action": "auth", "params": "key"}, {"action": "subscribe", "params": "T.SPY,Q.SPY,AM.SPY"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "stream",
    [Stream(welcome="auth_failed"), Stream({"ev": "status", "status": "not_authorized", "message": "upgrade"})],
    ids=["wrong key", "not in the plan"],
)
async def test_where_the_stream_is_refused_snapshots_are_polled_and_it_is_said_why(stream: Stream):
    with rest(status="OK", tickers=[TICKER]) as (url, asked):
        async with stream.serving() as socket:
            there = place(url, socket)
            snapshots = Snapshots(there)
            both = FallingBack(PolygonStream(there, snapshots), Polled(POLYGON, snapshots, every=0.05))
            await both.subscribe(frozenset({"SPY", "QQQ"}))
            assert await hear(both, 2) == [SPY, SPY]
    assert (both.standing().feed, both.standing().fallback[:16]) == ("polled", "polygon stream: ")
    assert asked[0] == "/v2/snapshot/locale/us/markets/stocks/tickers?tickers=QQQ%2CSPY Bearer key"


async def test_a_broken_stream_is_no_reason_to_fall_back():
    stream = Stream({"ev": "status", "status": "max_connections", "message": "too many"})
    async with stream.serving() as url:
        there = place(stream=url)
        source = PolygonStream(there, Snapshots(there))
        await source.subscribe(frozenset({"SPY"}))
        listening = asyncio.create_task(source.run(lambda _: None))
        async with asyncio.timeout(20):
            while len(stream.asked) < 4:
                await asyncio.sleep(0.02)
        assert not listening.done()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def test_a_snapshot_is_the_latest_price():
    with rest(status="OK", ticker=TICKER) as (url, asked):
        assert Snapshots(place(url)).latest("SPY") == SPY
    assert asked == ["/v2/snapshot/locale/us/markets/stocks/tickers/SPY Bearer key"]


def test_a_symbol_that_polygon_does_not_know_has_no_price():
    with rest(404, status="NotFound") as (url, _):
        assert Snapshots(place(url)).latest("NONE") is None


def refused(answering: Callable[[], object]) -> bool:
    with pytest.raises(SourceUnavailableError) as caught:
        answering()
    return isinstance(caught.value, NotEntitledError)


@pytest.mark.parametrize(
    ("status", "word", "is_of_the_plan"),
    [(403, "NOT_AUTHORIZED", True), (200, "DELAYED", True), (401, "ERROR", False), (500, "ERROR", False)],
)
def test_prices_that_are_old_by_plan_are_refused_like_those_that_are_not_in_it(
    status: int, word: str, *, is_of_the_plan: bool
):
    with rest(status, status=word, ticker=TICKER) as (url, _):
        assert refused(lambda: Snapshots(place(url)).latest("SPY")) is is_of_the_plan


def test_too_many_questions_say_when_to_come_again():
    with rest(429, status="ERROR") as (url, _), pytest.raises(SourceUnavailableError) as caught:
        Snapshots(place(url)).latest("SPY")
    assert caught.value.after == 17


def test_polygon_without_a_key_does_not_start():
    settings = load(Settings, {"ALPACA_API_KEY": "pk", "ALPACA_API_SECRET": "ps", "PRICES": "polygon"})
    with pytest.raises(SettingsError, match="POLYGON_API_KEY"):
        choose(settings)


def test_polygon_falls_back_on_the_brokers_own_prices_at_last():
    keys = {"ALPACA_API_KEY": "pk", "ALPACA_API_SECRET": "ps", "PRICES": "polygon", "POLYGON_API_KEY": "key"}
    shown = {"SPY": {"t": AT, "bp": 1, "ap": 2}}
    with rest(403, status="NOT_AUTHORIZED") as (polygon, _), rest(quotes=shown) as (url, _):
        source = choose(load(Settings, {**keys, "POLYGON_URL": polygon, "ALPACA_DATA_URL": url})).source
        assert source.latest("SPY") == Quote(symbol="SPY", bid=1, ask=2, at=AT)
