"""Both streams against real sockets: what cannot be read, who is refused, what comes after a reconnect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
from websockets.asyncio.server import ServerConnection, serve

from contracts.market import Bar, Quote, TradingStatus
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.stream import TradeUpdates
from executor.brokers.broker import BrokerOrder, Execution
from executor.feeds.alpaca import AlpacaData
from executor.feeds.feed import Heard as Told

Play = Callable[[ServerConnection], Awaitable[None]]
ORDER = {
    "id": "b1", "client_order_id": "a1", "symbol": "SPY", "side": "buy", "type": "market", "time_in_force": "day",
    "status": "filled", "updated_at": "2013-10-07T13:31:00.123456400Z", "qty": "3", "filled_qty": "3",
    "filled_avg_price": "168.5",
}  # fmt: skip


@asynccontextmanager
async def server(play: Play) -> AsyncGenerator[str]:
    async with serve(play, "127.0.0.1", 0) as serving:
        port = next(iter(serving.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


def frame(stream: str, data: object) -> bytes:
    return msgspec.json.encode({"stream": stream, "data": data})


async def admit(socket: ServerConnection) -> None:
    asked = msgspec.json.decode(await socket.recv(), type=dict[str, object])
    assert asked == {"action": "authenticate", "data": {"key_id": "key", "secret_key": "secret"}}
    await socket.send(frame("authorization", {"status": "authorized", "action": "authenticate"}))
    await socket.recv()
    await socket.send(frame("listening", {"streams": ["trade_updates"]}))


class Heard:
    def __init__(self, url: str) -> None:
        self.orders: list[tuple[BrokerOrder, Execution | None]] = []
        self.missed = 0
        self.grew = asyncio.Event()
        self.stream = TradeUpdates(Access(url, "key", "secret"), self.hear, self.miss)

    def hear(self, seen: BrokerOrder, execution: Execution | None) -> None:
        self.orders.append((seen, execution))
        self.grew.set()

    def miss(self) -> None:
        self.missed += 1
        self.grew.set()

    async def until(self, orders: int, missed: int) -> None:
        task = asyncio.create_task(self.stream.run())
        async with asyncio.timeout(20):
            while (len(self.orders), self.missed) != (orders, missed):
                self.grew.clear()
                await self.grew.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_execution_is_heard_and_every_connection_asks_for_a_reconciliation():
    async def play(socket: ServerConnection) -> None:
        await admit(socket)
        data = {"event": "fill", "order": ORDER, "execution_id": "e1", "price": "168.5", "qty": "3"}
        await socket.send(frame("trade_updates", data))

    async with server(play) as url:
        heard = Heard(url)
        await heard.until(orders=2, missed=2)
    (order, execution), _ = heard.orders
    assert (order.client_order_id, order.status, order.updated_at.microsecond) == ("a1", "filled", 123456)
    assert execution is not None
    assert (execution.execution_id, str(execution.price)) == ("e1", "168.5")


async def test_a_frame_that_cannot_be_read_asks_for_a_reconciliation_and_the_next_one_is_heard():
    async def play(socket: ServerConnection) -> None:
        await admit(socket)
        await socket.send(b"{not json")
        await socket.send(frame("trade_updates", {"event": "fill", "order": {"id": 1}}))
        await socket.send(frame("trade_updates", {"event": "new", "order": ORDER}))
        await socket.wait_closed()

    async with server(play) as url:
        heard = Heard(url)
        await heard.until(orders=1, missed=3)
    assert heard.orders[0][1] is None


async def test_a_refused_key_is_tried_again_later():
    attempts: list[int] = []

    async def play(socket: ServerConnection) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            await socket.recv()
            await socket.send(frame("authorization", {"status": "unauthorized", "action": "authenticate"}))
        else:
            await admit(socket)
        await socket.wait_closed()

    async with server(play) as url:
        await Heard(url).until(orders=0, missed=1)
    assert len(attempts) == 2


AT = datetime(2013, 10, 7, 13, 31, tzinfo=UTC)
QUOTE = {"T": "q", "S": "SPY", "bp": 168.4, "ap": 168.5, "t": AT}
BAR = {"T": "b", "S": "SPY", "o": 1, "h": 2, "l": 0.5, "c": 1.5, "v": 100, "t": AT}

STATUSES = [
    {"T": "s", "S": "SPY", "sc": "H", "sm": "Trading Halt", "rc": "T1", "rm": "Halt News Pending", "z": "C", "t": AT},
    {"T": "s", "S": "SPY", "sc": "Q", "sm": "Quotation Resumption", "rc": "", "rm": "", "z": "C", "t": AT},
    {"T": "s", "S": "SPY", "sc": "3", "sm": "Resume", "rc": "", "rm": "", "z": "A", "t": AT},
]


class DataServer:
    """Admits everybody, hangs up on the first, and tells the second a little of everything."""

    def __init__(self) -> None:
        self.wanted: list[object] = []

    async def play(self, socket: ServerConnection) -> None:
        await self.say(socket, {"T": "success", "msg": "connected"})
        await socket.recv()
        await self.say(socket, {"T": "success", "msg": "authenticated"})
        wanted = [msgspec.msgpack.decode(await socket.recv(decode=False)) for _ in range(2)]
        self.wanted.append(tuple(wanted))
        if len(self.wanted) == 1:
            return
        await socket.send(b"\xc1 is no MessagePack")
        await self.say(socket, {"T": "error", "code": 405, "msg": "symbol limit exceeded"}, {"T": "z"}, QUOTE)
        await self.say(socket, *STATUSES, BAR)
        await socket.wait_closed()

    async def say(self, socket: ServerConnection, *messages: object) -> None:
        await socket.send(msgspec.msgpack.encode(messages))


async def test_market_data_is_subscribed_again_after_a_reconnect_and_told_in_our_words():
    data = DataServer()
    told: list[Told] = []
    enough = asyncio.Event()

    def hear(heard: Told) -> None:
        told.append(heard)
        if isinstance(heard, Bar):
            enough.set()

    async with server(data.play) as url:
        source = AlpacaData(Access(url, "key", "secret"), url, f"ws{url.removeprefix('http')}")
        await source.subscribe(frozenset({"SPY"}))
        task = asyncio.create_task(source.run(hear))
        async with asyncio.timeout(20):
            await enough.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    prices = {"action": "subscribe", "quotes": ["SPY"], "bars": ["SPY"]}
    assert data.wanted == [(prices, {"action": "subscribe", "statuses": ["SPY"]})] * 2
    assert told == [
        Quote(symbol="SPY", bid=168.4, ask=168.5, at=AT),
        TradingStatus(symbol="SPY", halted=True, reason="Trading Halt: Halt News Pending (T1)", at=AT),
        TradingStatus(symbol="SPY", halted=False, reason="Resume", at=AT),
        Bar(symbol="SPY", timeframe="1Min", open=1, high=2, low=0.5, close=1.5, volume=100, at=AT),
    ]
