"""Alpaca's own streams, unmodified, and a client that speaks JSON."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportPrivateUsage=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import aiohttp
from alpaca.data.live import StockDataStream
from alpaca.data.models import Bar, Quote, Trade
from alpaca.trading.enums import OrderClass, OrderSide, TimeInForce
from alpaca.trading.models import TradeUpdate
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest, StopLossRequest, TakeProfitRequest
from alpaca.trading.stream import TradingStream

if TYPE_CHECKING:
    from .conftest import Server

Wait = Callable[[Callable[[], object]], None]
PROBE = LimitOrderRequest(
    symbol="WAVE", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=1
)  # sent until the stream tells of one: the client does not say when it listens
BRACKET = MarketOrderRequest(
    symbol="FLAT",
    qty=3,
    side=OrderSide.BUY,
    time_in_force=TimeInForce.DAY,
    order_class=OrderClass.BRACKET,
    take_profit=TakeProfitRequest(limit_price=60),
    stop_loss=StopLossRequest(stop_price=40),
)


@contextmanager
def running(stream: TradingStream | StockDataStream) -> Generator[None]:
    thread = threading.Thread(target=stream.run)
    thread.start()
    try:
        yield
    finally:
        stream.stop()
        thread.join()


def test_the_stream_tells_the_life_of_an_order(server: Server, wait: Wait):
    name = uuid4().hex
    client, told = server.client(name), list[TradeUpdate]()

    async def hear(update: TradeUpdate) -> None:
        told.append(update)

    def of_the_bracket() -> list[TradeUpdate]:
        return [update for update in told if update.order.symbol == "FLAT"]

    stream = TradingStream(name, name, url_override=f"ws://{server.address}/stream")
    stream.subscribe_trade_updates(hear)
    with running(stream):
        wait(lambda: client.submit_order(PROBE) and told)
        client.submit_order(BRACKET)
        wait(lambda: len(of_the_bracket()) == 5)
        client.close_all_positions(cancel_orders=True)
        wait(lambda: len(of_the_bracket()) == 10)
    client._session.close()
    heard = of_the_bracket()
    assert [(str(one.event), str(one.order.type and one.order.type.value)) for one in heard] == [
        ("pending_new", "market"),
        ("new", "market"),
        ("fill", "market"),
        ("new", "limit"),
        ("held", "stop"),
        ("canceled", "limit"),
        ("canceled", "stop"),
        ("pending_new", "market"),
        ("new", "market"),
        ("fill", "market"),
    ]
    assert (heard[2].qty, heard[2].position_qty, heard[9].qty, heard[9].position_qty) == (3, 3, 3, 0)


def test_the_market_data_stream_brings_trades_quotes_and_bars(server: Server, wait: Wait):
    heard: dict[type, object] = {}

    async def hear(data: object) -> None:
        heard.setdefault(type(data), data)

    stream = StockDataStream("demo", "demo", url_override=f"ws://{server.address}/v2/iex")
    stream.subscribe_trades(hear, "FLAT")
    stream.subscribe_quotes(hear, "FLAT")
    stream.subscribe_bars(hear, "FLAT")
    with running(stream):
        wait(lambda: len(heard) == 3)
    trade, quote, bar = (cast("Trade", heard[Trade]), cast("Quote", heard[Quote]), cast("Bar", heard[Bar]))
    assert (trade.symbol, trade.price) == ("FLAT", 50.0)
    assert (quote.bid_price, quote.ask_price) == (49.99, 50.0)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (50.0, 50.0, 50.0, 50.0, 400.0)
    assert bar.timestamp.second == 0


async def test_market_data_comes_in_json_to_who_does_not_ask_for_messagepack(server: Server):
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{server.url}/v2/sip") as socket:
        assert await socket.receive_json() == [{"T": "success", "msg": "connected"}]
        await socket.send_json({"action": "auth", "key": "demo", "secret": "demo"})
        assert await socket.receive_json() == [{"T": "success", "msg": "authenticated"}]
        await socket.send_json({"action": "subscribe", "trades": ["WAVE"], "bars": ["*"]})
        assert await socket.receive_json() == [
            {
                "T": "subscription",
                "trades": ["WAVE"],
                "quotes": [],
                "bars": ["*"],
                "updatedBars": [],
                "dailyBars": [],
                "statuses": [],
                "lulds": [],
            }
        ]
        message = (await socket.receive_json())[-1]
        assert set(message) == {"T", "S", "x", "p", "s", "c", "i", "z", "t"}


async def test_market_data_answers_what_it_does_not_understand_with_a_code(server: Server):
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{server.url}/v2/iex") as socket:
        await socket.receive()
        told: list[object] = []
        for said in (
            "nonsense",
            '{"action":"subscribe","bars":["*"]}',
            '{"action":"auth","key":"demo","secret":"wrong"}',
            '{"action":"auth","key":"demo","secret":"demo"}',
            '{"action":"auth","key":"demo","secret":"demo"}',
        ):
            await socket.send_str(said)
            told.extend(one.get("code", one["msg"]) for one in await socket.receive_json())
    assert told == [400, 401, 402, "authenticated", 403]


async def test_nothing_is_told_before_the_keys_are_known(server: Server):
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{server.url}/stream") as socket:
        told: list[object] = []
        for said in (
            {"action": "listen", "data": {"streams": ["trade_updates"]}},
            {"action": "authenticate", "data": {"key_id": "demo", "secret_key": "wrong"}},
            {"action": "auth", "key": "demo", "secret": "demo"},
            {"action": "listen", "data": {"streams": ["trade_updates", "other"]}},
            {"action": "listen", "data": {"streams": []}},
        ):
            await socket.send_json(said)
            frame = await socket.receive()
            assert frame.type is aiohttp.WSMsgType.BINARY
            told.append(frame.json())
    assert told == [
        {"stream": "authorization", "data": {"status": "unauthorized", "action": "listen"}},
        {"stream": "authorization", "data": {"status": "unauthorized", "action": "authenticate"}},
        {"stream": "authorization", "data": {"status": "authorized", "action": "auth"}},
        {"stream": "listening", "data": {"streams": ["trade_updates"]}},
        {"stream": "listening", "data": {"streams": []}},
    ]
