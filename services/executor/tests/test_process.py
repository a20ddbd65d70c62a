"""`python -m executor` as the supervisor starts it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from msgspec import UNSET
from msgspec.structs import replace

from chassis.jetstream import Connection, JetStreamLog
from chassis.jetstream.bucket import Bucket
from chassis.log import Log
from chassis.permissions import PROVIDERS
from contracts.log import Fact
from contracts.providers import Providers, decode
from tests.simulation.intents import approval, protection
from tests.simulation.serving import serving
from tests.simulation.tradier import ACCOUNT, TOKEN, SmallTradier, parts

if TYPE_CHECKING:
    from .conftest import StartExchange

Connect = Callable[[str], Awaitable[Connection]]


class Server(Protocol):
    def url(self, user: str) -> str: ...


@asynccontextmanager
async def process(nats: str, **settings: str) -> AsyncGenerator[Process]:
    environment = {"NATS_URL": nats, "ALPACA_API_KEY": "paper", "ALPACA_API_SECRET": "paper", **settings}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "executor", env=environment, stdout=DEVNULL, stderr=PIPE
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


async def first(log: Log, subjects: str, after: int) -> int:
    async with asyncio.timeout(40):
        async for chunk in log.read((subjects,), after):
            return chunk[0].sequence
    raise AssertionError


async def test_killed_at_any_time_the_next_one_takes_over_when_the_lease_has_run_out(
    bus: Connect, nats_server: Server, start_exchange: StartExchange
):
    url, nats = start_exchange(), nats_server.url("executor")
    places = {
        "ALPACA_BASE_URL": url, "ALPACA_DATA_URL": url, "MARKET_SPEED": "60",
        "ALPACA_DATA_STREAM_URL": f"ws{url.removeprefix('http')}/v2/iex", "SYMBOLS": "SPY",
    }  # fmt: skip
    log = JetStreamLog(await bus("audit"))
    async with process(nats, **places) as killed:
        seen = await first(log, "quotes.SPY", 0)
        killed.kill()
        await killed.wait()
    async with process(nats, **places) as second:
        await first(log, "account.paper.*", seen)
        await first(log, "clock.tick", await log.head())
        second.terminate()
        assert await second.wait() == 0


async def test_at_another_broker_an_approval_is_filled_and_protected_just_the_same(bus: Connect, nats_server: Server):
    tradier = SmallTradier()
    log = JetStreamLog(await bus("audit"))
    with serving(tradier) as url:
        settings = {
            "BROKER": "tradier", "TRADIER_TOKEN": TOKEN, "TRADIER_ACCOUNT": ACCOUNT, "TRADIER_BASE_URL": f"{url}/v1",
            "TRADIER_POLL_SECONDS": "1", "SYMBOLS": "SPY",
        }  # fmt: skip
        async with process(nats_server.url("executor"), **settings):
            await first(log, "quotes.SPY", 0)
            await JetStreamLog(await bus("risk")).append([Fact(approval("a1"))])
            await first(log, "orders.paper.a1.2", 0)
            tradier.fill("a1", 3)
            await first(log, "fills.paper.a1-3", 0)
            await JetStreamLog(await bus("position-manager")).append([Fact(protection("x1"))])
            await first(log, "orders.paper.x1.2", 0)
    target, stop = parts(tradier.find("x1"))
    assert [(leg.type, leg.side, leg.quantity, leg.price, leg.stop_price) for leg in (target, stop)] == [
        ("limit", "sell", 3, 300, UNSET), ("stop", "sell", 3, UNSET, 100),
    ]  # fmt: skip


async def test_it_says_how_the_broker_and_the_prices_stand(
    bus: Connect, nats_server: Server, start_exchange: StartExchange
):
    url, bucket = start_exchange(), Bucket(await bus("api-gateway"), PROVIDERS)
    places = {
        "ALPACA_BASE_URL": url, "ALPACA_DATA_URL": url, "MARKET_SPEED": "60",
        "ALPACA_DATA_STREAM_URL": f"ws{url.removeprefix('http')}/v2/iex", "SYMBOLS": "SPY",
    }  # fmt: skip
    async with process(nats_server.url("executor"), **places):
        async with asyncio.timeout(40):
            while (told := await said(bucket)) is None or not told.prices.priced:
                await asyncio.sleep(0.1)
    rest, orders, prices = told.broker.rest, told.broker.orders, told.prices
    assert (rest.reachable, rest.failed, orders.name, orders.connects) == (True, 0, "trade_updates", 1)
    assert (prices.provider, prices.feed, prices.oldest, prices.unpriced) == ("alpaca", "iex", "SPY", ())
    assert rest.p50_ms is not None
    assert 0 < told.broker.budget.left < told.broker.budget.limit == 200


async def test_one_that_does_not_feed_trades_and_leaves_prices_and_time_to_another(
    bus: Connect, nats_server: Server, start_exchange: StartExchange
):
    url, nats = start_exchange(), nats_server.url("executor")
    log, bucket = JetStreamLog(await bus("audit")), Bucket(await bus("api-gateway"), PROVIDERS)
    places = {
        "ALPACA_API_KEY": "growth", "ALPACA_API_SECRET": "growth", "ALPACA_BASE_URL": url, "MARKET_SPEED": "60",
        "ACCOUNT": "growth", "MARKET_FEED": "0", "SYMBOLS": "SPY",
    }  # fmt: skip
    async with process(nats, **places):
        await first(log, "account.growth.*", 0)
        await JetStreamLog(await bus("risk")).append([Fact(replace(approval("a1"), account="growth"))])
        await first(log, "fills.growth.*", 0)
        async with asyncio.timeout(40):
            while (value := await bucket.get("growth")) is None:
                await asyncio.sleep(0.1)
    prices = decode(value).prices
    assert (prices.provider, prices.fallback) == ("", "another account's executor tells prices")
    written = {r.subject.partition(".")[0] async for chunk in log.read((">",), 0, await log.head()) for r in chunk}
    assert written == {"account", "approved", "orders", "fills"}


async def said(bucket: Bucket) -> Providers | None:
    value = await bucket.get("paper")
    return decode(value) if value else None


async def test_real_money_that_was_not_asked_for_ends_it_with_one_sentence(nats_server: Server, bus: Connect):
    await bus("audit")
    async with process(nats_server.url("executor"), ALPACA_BASE_URL="https://api.alpaca.markets") as refused:
        assert refused.stderr is not None
        said = await refused.stderr.read()
        assert await refused.wait() == os.EX_CONFIG
    assert b"executor: ALPACA_BASE_URL https://api.alpaca.markets trades real money" in said
    assert b"Traceback" not in said
