"""The market-data stream: Alpaca's own client, unmodified, and one that speaks JSON."""

# alpaca-py's types are partial.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast
from uuid import uuid4

import aiohttp
import msgspec
from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestServer
from alpaca.data.live import StockDataStream
from alpaca.data.models import Bar, Quote, Trade

from exchange.journal import Journal
from exchange.venue import Venue
from paper_exchange import recording
from paper_exchange.access import Access
from paper_exchange.faults import plan
from paper_exchange.faults.faults import Faults
from paper_exchange.feed import Feed, Terms
from paper_exchange.floor import Floor
from paper_exchange.listener import Listener
from paper_exchange.outbox import DEEPEST
from paper_exchange.plan import Plan
from paper_exchange.tape import Hours

if TYPE_CHECKING:
    from .conftest import Server

Wait = Callable[[Callable[[], object]], None]
Start = Callable[..., "Server"]
Told: TypeAlias = list[dict[str, object]]
DEMO = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
NOBODY = {
    channel: list[str]()
    for channel in ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds", "corrections",
                    "cancelErrors")
}  # fmt: skip


@contextmanager
def running(stream: StockDataStream) -> Generator[None]:
    thread = threading.Thread(target=stream.run)
    thread.start()
    try:
        yield
    finally:
        stream.stop()
        thread.join()


@asynccontextmanager
async def connected(server: Server, path: str = "/v2/iex", **headers: str) -> AsyncGenerator[ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url + path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        as socket,
    ):  # fmt: skip
        assert await heard(socket) == [{"T": "success", "msg": "connected"}]
        yield socket


@asynccontextmanager
async def authenticated(server: Server, path: str = "/v2/iex") -> AsyncGenerator[ClientWebSocketResponse]:
    async with connected(server, path) as socket:
        assert await answer(socket, keys()) == [{"T": "success", "msg": "authenticated"}]
        yield socket


def keys(name: str | None = None) -> dict[str, object]:
    name = name or uuid4().hex
    return {"action": "auth", "key": name, "secret": name}


async def heard(socket: ClientWebSocketResponse) -> Told:
    return cast("Told", await socket.receive_json(timeout=20))


async def answer(socket: ClientWebSocketResponse, said: object) -> Told:
    """Say something, and wait for what is not data."""
    await socket.send_str(said if isinstance(said, str) else msgspec.json.encode(said).decode())
    while (told := await heard(socket))[0]["T"] not in {"success", "error", "subscription"}:
        pass
    return told


async def first(socket: ClientWebSocketResponse, kind: str, symbol: str) -> dict[str, object]:
    while True:
        for one in await heard(socket):
            if (one["T"], one.get("S")) == (kind, symbol):
                return one


def error(code: int, message: str) -> Told:
    return [{"T": "error", "code": code, "msg": message}]


def test_alpacas_client_hears_trades_quotes_and_bars(server: Server, wait: Wait):
    told: dict[str, object] = {}

    def listening(name: str) -> Callable[[object], Awaitable[None]]:
        async def hear(data: object) -> None:
            told.setdefault(name, data)

        return hear

    name = uuid4().hex
    stream = StockDataStream(name, name, url_override=f"ws://{server.address}/v2/iex")
    stream.subscribe_trades(listening("trade"), "FLAT")
    stream.subscribe_quotes(listening("quote"), "FLAT")
    stream.subscribe_bars(listening("bar"), "*")
    stream.subscribe_daily_bars(listening("day"), "FLAT")
    stream.subscribe_updated_bars(listening("updated"), "*")
    stream.subscribe_trading_statuses(listening("status"), "*")
    with running(stream):
        wait(lambda: len(told) == 4)
        stream.unsubscribe_trades("FLAT")
        stream.subscribe_trades(listening("another"), "WAVE")
        wait(lambda: "another" in told)
    trade, quote, bar, day = (told[name] for name in ("trade", "quote", "bar", "day"))
    assert isinstance(trade, Trade)
    assert (trade.symbol, trade.price) == ("FLAT", 50.0)
    assert isinstance(quote, Quote)
    assert (quote.bid_price, quote.ask_price) == (49.99, 50.0)
    assert isinstance(bar, Bar)
    assert (bar.high - bar.low, bar.timestamp.second) in {(0, 0), (2, 0)}
    assert isinstance(day, Bar)
    assert (day.open, day.close, day.volume % 400, day.timestamp.hour) == (50, 50, 0, 4)


def test_a_subscription_may_come_in_fragments(server: Server, wait: Wait):
    told = list[object]()

    async def hear(trade: object) -> None:
        told.append(trade)

    name = uuid4().hex
    stream = StockDataStream(name, name, url_override=f"ws://{server.address}/v2/iex")
    stream.subscribe_bars(hear, *(f"NONE{number}" for number in range(10_000)))  # the client cuts at 32 kB
    stream.subscribe_trades(hear, "WAVE")
    with running(stream):
        wait(lambda: told)
    assert isinstance(told[0], Trade)
    assert told[0].symbol == "WAVE"


async def test_json_is_spoken_to_who_does_not_ask_for_messagepack(server: Server):
    async with authenticated(server) as socket:
        subscription = {"action": "subscribe", "trades": ["WAVE", "FLAT"], "bars": ["*"]}
        lists = {**NOBODY, "trades": ["FLAT", "WAVE"], "bars": ["*"]}
        lists |= {"corrections": lists["trades"], "cancelErrors": lists["trades"]}
        assert await answer(socket, subscription) == [{"T": "subscription", **lists}]
        assert set(await first(socket, "t", "WAVE")) == {"T", "S", "x", "p", "s", "c", "i", "z", "t"}
        assert set(await first(socket, "b", "FLAT")) == {"T", "S", "o", "h", "l", "c", "v", "n", "vw", "t"}
        assert await answer(socket, {"action": "unsubscribe", "trades": ["FLAT", "WAVE"], "bars": ["*"]}) == [
            {"T": "subscription", **NOBODY}
        ]


async def test_messagepack_is_spoken_both_ways_and_json_is_understood_too(server: Server):
    async with aiohttp.ClientSession() as session:
        packed = {"Content-Type": "application/msgpack"}
        async with session.ws_connect(f"{server.url}/v2/iex", headers=packed) as socket:
            assert msgspec.msgpack.decode(await socket.receive_bytes()) == [{"T": "success", "msg": "connected"}]
            await socket.send_bytes(msgspec.msgpack.encode(keys()))
            assert msgspec.msgpack.decode(await socket.receive_bytes())[0]["msg"] == "authenticated"
            await socket.send_str('{"action":"subscribe","quotes":["FLAT"]}')
            assert msgspec.msgpack.decode(await socket.receive_bytes())[0]["quotes"] == ["FLAT"]
            quote = msgspec.msgpack.decode(await socket.receive_bytes())[0]
            assert (quote["S"], quote["t"].microsecond) == ("FLAT", 0)


async def test_the_bars_of_the_day_grow_with_its_minutes(server: Server):
    async with authenticated(server) as socket:
        await answer(socket, {"action": "subscribe", "dailyBars": ["FLAT"], "bars": ["FLAT"]})
        days = [await first(socket, "d", "FLAT") for _ in range(3)]
    assert [cast("int", day["v"]) for day in days] == [cast("int", days[0]["v"]) + 400 * n for n in range(3)]
    assert {(day["o"], day["t"]) for day in days} == {(50.0, "2013-10-07T04:00:00Z")}


async def test_price_bands_lie_five_percent_around_the_market(server: Server):
    async with authenticated(server) as socket:
        await answer(socket, {"action": "subscribe", "lulds": ["FLAT"]})
        bands = await first(socket, "l", "FLAT")
    assert {name: bands[name] for name in "Sudiz"} == {"S": "FLAT", "u": 52.5, "d": 47.5, "i": "B", "z": "C"}


async def test_the_test_stream_always_has_its_symbol(server: Server):
    async with authenticated(server, "/v2/test") as socket:
        await answer(socket, {"action": "subscribe", "trades": ["FAKEPACA"], "quotes": ["FAKEPACA"], "bars": ["*"]})
        bar, trade = await first(socket, "b", "FAKEPACA"), await first(socket, "t", "FAKEPACA")
        quote = await first(socket, "q", "FAKEPACA")
    assert cast("float", bar["l"]) <= cast("float", bar["h"])
    assert cast("float", quote["bp"]) < cast("float", quote["ap"])
    assert trade["S"] == "FAKEPACA"


async def test_what_is_not_understood_is_answered_with_a_code(server: Server):
    async with connected(server) as socket:
        told = [
            (await answer(socket, said))[0].get("code", "fine")
            for said in (
                "nonsense",
                "[]",
                '{"action":"subscribe","bars":["*"]}',
                '{"action":"auth","key":"demo","secret":"wrong"}',
                keys(),
                keys(),
                {"action": "subscribe"},
                {"action": "subscribe", "trades": "WAVE"},
                {"action": "dance", "bars": ["*"]},
                {"action": "subscribe", "orderbooks": ["WAVE"]},
            )
        ]
    assert told == [400, 400, 401, 402, "fine", 403, 400, 400, 400, 410]


async def test_thirty_symbols_may_be_heard_on_the_free_plan_and_bars_of_all(server: Server):
    async with authenticated(server) as socket:
        thirty = [f"S{number:02d}" for number in range(30)]
        accepted = await answer(socket, {"action": "subscribe", "trades": thirty, "quotes": thirty, "bars": ["*"]})
        assert accepted[0]["quotes"] == thirty
        for more in ({"trades": ["WAVE"]}, {"quotes": ["*"]}):
            assert await answer(socket, {"action": "subscribe", **more}) == error(405, "symbol limit exceeded")
        narrowed = await answer(socket, {"action": "unsubscribe", "trades": thirty[:1], "quotes": thirty[:1]})
        assert narrowed[0]["trades"] == thirty[1:]
        assert (await answer(socket, {"action": "subscribe", "trades": ["WAVE"]}))[0]["T"] == "subscription"


async def test_an_account_has_one_connection_and_another_when_it_is_gone(server: Server):
    name = uuid4().hex
    async with connected(server) as one, connected(server) as two:
        assert (await answer(one, keys(name)))[0]["msg"] == "authenticated"
        assert await answer(two, keys(name)) == error(406, "connection limit exceeded")
        assert (await two.receive(timeout=20)).type is aiohttp.WSMsgType.CLOSE
    async with connected(server) as three:
        assert (await answer(three, keys(name)))[0]["msg"] == "authenticated"


async def test_sip_needs_its_subscription(server: Server, start: Start):
    async with connected(server, "/v2/sip") as socket:
        assert await answer(socket, keys()) == error(409, "insufficient subscription")
    paid = start(exchange_feed=Plan.SIP)
    async with authenticated(paid, "/v2/sip") as socket:
        await answer(socket, {"action": "subscribe", "quotes": ["*"]})
        assert (await first(socket, "q", "FLAT"))["bp"] == 49.99


async def test_a_halt_and_its_end_are_told_and_nothing_trades_in_between(server: Server):
    async with authenticated(server) as socket, aiohttp.ClientSession(headers=DEMO) as session:
        await answer(socket, {"action": "subscribe", "statuses": ["*"], "trades": ["WAVE"]})
        async with session.post(f"{server.url}/exchange/faults/halt", json={"symbol": "WAVE"}) as called:
            assert called.ok
        halted = await first(socket, "s", "WAVE")
        async with session.delete(f"{server.url}/exchange/faults") as healed:
            assert healed.ok
        told = await heard(socket)
    assert {name: halted[name] for name in ("sc", "sm", "rc", "rm", "z")} == {
        "sc": "H", "sm": "Trading Halt", "rc": "T1", "rm": "Halt News Pending", "z": "C"
    }  # fmt: skip
    assert [(one["T"], one["sc"], one["sm"]) for one in told] == [("s", "T", "Trading Resumption")]


async def test_keys_that_do_not_come_in_time_end_the_connection(bars: str, tmp_path: Path):
    journal = Journal(tmp_path)
    house = Floor(recording.load(bars, Hours.REGULAR), Venue({}), journal, Decimal(0), Faults(plan.parse("")))
    app = web.Application()
    app.add_routes([web.get("/v2/iex", Feed(house, Access(""), Terms(Plan.IEX, patience=0.05)).serve)])
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.ws_connect(server.make_url("/v2/iex")) as socket,
    ):
        assert await heard(socket) == [{"T": "success", "msg": "connected"}]
        assert await heard(socket) == error(404, "auth timeout")
        assert (await socket.receive(timeout=20)).type is aiohttp.WSMsgType.CLOSE
    journal.stop()


class StuckSocket(web.WebSocketResponse):
    """The socket of a client that reads nothing until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = asyncio.Event()
        self.told: list[str] = []
        self.ended = asyncio.Event()

    async def send_str(self, data: str, compress: int | None = None) -> None:
        del compress
        await self.reads.wait()
        self.told.append(data)

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        del code, message, drain
        self.ended.set()
        return True


async def test_a_client_that_reads_too_slowly_is_told_so_and_let_go():
    socket = StuckSocket()
    listener = Listener(socket, packed=False)
    for number in range(DEEPEST + 2):
        listener.send([b"%d" % number])
        await asyncio.sleep(0)
    socket.reads.set()
    await socket.ended.wait()
    assert socket.told == ["[0]", '[{"T":"error","code":407,"msg":"slow client"}]']
