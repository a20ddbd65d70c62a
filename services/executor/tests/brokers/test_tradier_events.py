"""What becomes of orders at Tradier, heard in time: by looking every so often, and at once when an event tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from decimal import Decimal

import msgspec
from websockets.asyncio.server import ServerConnection, serve

from contracts.market import Quote
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import BrokerOrder, Execution, Ticket
from executor.brokers.tradier.access import Access
from executor.brokers.tradier.client import Tradier
from executor.brokers.tradier.events import AccountEvents
from executor.brokers.tradier.prices import TradierQuotes
from executor.budget import Budget
from executor.calls import Calls, Threads
from executor.feeds.feed import Heard as Told
from executor.feeds.polled import Polled
from tests.simulation.between import Between, Fault
from tests.simulation.serving import serving
from tests.simulation.tradier import ACCOUNT, TOKEN, SmallTradier

QUICK, NEVER = 0.05, 3600.0
TICKET = Ticket(
    client_order_id="a1", symbol="SPY", side=Side.BUY, qty=Decimal(3), type=OrderType.MARKET,
    time_in_force=TimeInForce.DAY,
)  # fmt: skip


class Heard:
    """Takes what is told, and waits for it."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[tuple[str, str, Decimal]] = asyncio.Queue()

    def hear(self, seen: BrokerOrder, execution: Execution | None) -> None:
        assert execution is None
        self.told.put_nowait((seen.client_order_id, seen.status, seen.filled_qty))

    async def next(self) -> tuple[str, str, Decimal]:
        async with asyncio.timeout(20):
            return await self.told.get()


@asynccontextmanager
async def listening(tradier: Tradier, every: float) -> AsyncGenerator[Heard]:
    threads, heard = Threads("broker"), Heard()
    events = AccountEvents(Calls(tradier, Budget(0), threads, lambda: True), tradier, heard.hear, every)
    task = asyncio.create_task(events.run())
    try:
        async with asyncio.timeout(20):
            await events.listening.wait()
        yield heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        threads.stop()


@contextmanager
def small() -> Generator[tuple[SmallTradier, Between, str]]:
    server = SmallTradier()
    with serving(server) as behind:
        line = Between(behind)
        with serving(line) as url:
            yield server, line, f"{url}/v1"


async def test_each_change_is_heard_once_by_looking_alone():
    with small() as (server, _, url):
        tradier = Tradier(Access(url, ACCOUNT, TOKEN))
        async with listening(tradier, QUICK) as heard:
            await asyncio.to_thread(tradier.submit, TICKET)
            assert await heard.next() == ("a1", "new", 0)
            server.fill("a1", 1)
            assert await heard.next() == ("a1", "partially_filled", 1)
            server.fill("a1", 2)
            assert await heard.next() == ("a1", "filled", 3)
            await asyncio.sleep(QUICK * 5)
            assert heard.told.empty()


async def test_what_changed_while_looking_failed_is_heard_afterwards():
    with small() as (server, line, url):
        tradier = Tradier(Access(url, ACCOUNT, TOKEN))
        async with listening(tradier, QUICK) as heard:
            await asyncio.to_thread(tradier.submit, TICKET)
            assert await heard.next() == ("a1", "new", 0)
            line.strike = Fault.GARBLED
            server.fill("a1", 3)
            assert await heard.next() == ("a1", "filled", 3)


Play = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def stream(play: Play) -> AsyncGenerator[str]:
    async with serve(play, "127.0.0.1", 0) as serving_events:
        port = next(iter(serving_events.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1/accounts/events"


async def test_an_account_event_is_a_reason_to_look_and_a_heartbeat_is_none():
    asked: list[object] = []
    filled = asyncio.Event()

    async def play(socket: ServerConnection) -> None:
        asked.append(msgspec.json.decode(await socket.recv()))
        await socket.send('{"event": "heartbeat", "status": "active", "timestamp": 1381152600000}')
        await filled.wait()
        await socket.send('{"id": 228175, "event": "order", "status": "filled", "account": "VA000001"}')
        await socket.wait_closed()

    with small() as (server, line, url):
        async with stream(play) as events_url:
            tradier = Tradier(Access(url, ACCOUNT, TOKEN, events_url))
            await asyncio.to_thread(tradier.submit, TICKET)
            async with listening(tradier, NEVER) as heard:
                assert await heard.next() == ("a1", "new", 0)
                while not asked:
                    await asyncio.sleep(QUICK)
                await asyncio.sleep(QUICK * 10)
                looks = sum(one.startswith("GET") and "/orders?" in one for one in line.heard)
                assert looks == 2, "one of its own and one for the connection; none for the heartbeat"
                server.fill("a1", 3)
                filled.set()
                assert await heard.next() == ("a1", "filled", 3)
    assert asked == [{"events": ["order"], "sessionid": "s-1", "excludeAccounts": []}]


async def test_without_a_session_the_orders_are_looked_at_all_the_same():
    with small() as (_, line, url):
        tradier = Tradier(Access(url, ACCOUNT, TOKEN, "ws://127.0.0.1:9/nobody"))
        await asyncio.to_thread(tradier.submit, TICKET)
        line.strike = Fault.UNAUTHORISED
        async with listening(tradier, QUICK) as heard:
            assert await heard.next() == ("a1", "new", 0)


async def test_quotes_of_what_is_followed_are_told_until_something_else_is():
    heard: asyncio.Queue[Told] = asyncio.Queue()
    with small() as (_, line, url):
        prices = Polled("tradier", TradierQuotes(Tradier(Access(url, ACCOUNT, TOKEN)).market), QUICK)
        await prices.subscribe(frozenset({"SPY"}))
        line.strike = Fault.ERROR_BEFORE
        task = asyncio.create_task(prices.run(heard.put_nowait))
        async with asyncio.timeout(20):
            told = await heard.get()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert isinstance(told, Quote)
        assert (told.symbol, told.bid, told.ask) == ("SPY", 168.4, 168.6)
        assert prices.latest("SPY") == told
