"""`make bench-orders`: orders through the exchange beside a bare server, and what the executor adds to alpaca-py."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import aiohttp
import uvloop
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide
from alpaca.trading.enums import TimeInForce as AlpacaTimeInForce
from alpaca.trading.requests import LimitOrderRequest

from benchmarks.measure import Latency, latency
from benchmarks.processes import Processes, free_port
from chassis.jetstream import JetStreamLog
from chassis.telemetry import set_up
from contracts.log import Fact
from contracts.orders import OrderChanged
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from exchange import core
from exchange.assets import Asset
from exchange.book import Moment, Session, Ticket
from exchange.fills import Print
from exchange.state import State
from exchange.venue import Venue

NAME, SYMBOL, FORTUNE = "bench", "SPY", Decimal(10) ** 11
MANAGED = "managed"  # the executor's account: orders of somebody else in it would freeze its symbols
IN_PROCESS, OVER_HTTP, CLIENTS, ROUNDS = 20_000, 4_000, 8, 3
ONE_BY_ONE, TURNS = 100, 3
KEYS = {"APCA-API-KEY-ID": NAME, "APCA-API-SECRET-KEY": NAME}


def in_process() -> float:
    """Orders a second through the matching core, each filled at once, without a disk or a network."""
    state = State(str(uuid.uuid4()))
    venue = Venue({SYMBOL: Asset(SYMBOL)})
    at = Moment(1, Session.REGULAR, 10**18, 10**18, "2013-10-08", 600)
    core.open_account(state, NAME, FORTUNE, at)
    price = Decimal(100)
    core.tick(state, venue, [Print(SYMBOL, 1, price, price, price, price, price)], at)
    ticket = Ticket(symbol=SYMBOL, side="buy", type="market", time_in_force="day", qty=Decimal(1))
    begun = time.perf_counter()
    for _ in range(IN_PROCESS):
        core.submit(state, venue, NAME, ticket, at)
    if len(state.accounts[NAME].fills) != IN_PROCESS:
        raise AssertionError("not every order was filled")
    return IN_PROCESS / (time.perf_counter() - begun)


async def over_http(url: str) -> float:
    """Orders a second from several clients at once."""
    order = {"symbol": SYMBOL, "side": "buy", "type": "market", "qty": "1", "time_in_force": "day"}
    async with aiohttp.ClientSession(headers=KEYS) as session:

        async def client() -> None:
            for _ in range(OVER_HTTP // CLIENTS):
                async with session.post(f"{url}/v2/orders", json=order) as answer:
                    await answer.read()
                    if answer.status != 200:
                        raise AssertionError(await answer.text())

        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        return OVER_HTTP / (time.perf_counter() - begun)


def bare(url: str) -> Callable[[], Awaitable[float]]:
    """One order by alpaca-py alone, from the call to its answer."""
    client = TradingClient(NAME, NAME, url_override=url)

    def order() -> float:
        request = LimitOrderRequest(
            symbol=SYMBOL, qty=1, side=OrderSide.BUY, time_in_force=AlpacaTimeInForce.DAY, limit_price=1,
            client_order_id=str(uuid.uuid4()),
        )  # fmt: skip
        begun = time.perf_counter()
        client.submit_order(request)
        return time.perf_counter() - begun

    return lambda: asyncio.to_thread(order)


@asynccontextmanager
async def through_executor(processes: Processes, url: str) -> AsyncGenerator[Callable[[], Awaitable[float]]]:
    """One order by the executor: from the approval's publishing to the fact that the broker has it."""
    await processes.service(
        "executor", "executor", ALPACA_BASE_URL=url, ALPACA_API_KEY=MANAGED, ALPACA_API_SECRET=MANAGED,
        ALPACA_DATA_URL=url, ALPACA_DATA_STREAM_URL=f"{url.replace('http', 'ws', 1)}/v2/iex",
        REQUESTS_PER_MINUTE="0", MARKET_SPEED="60",
    )  # fmt: skip
    approvals = JetStreamLog(await processes.connect("risk"))
    facts = JetStreamLog(await processes.connect("audit"))
    told: dict[str, asyncio.Future[float]] = {}

    async def listen(after: int) -> None:
        async for chunk in facts.read(("orders.>",), after):
            now = time.perf_counter()
            for body in (record.body for record in chunk):
                if isinstance(body, OrderChanged) and body.broker_order_id and body.client_order_id in told:
                    waiting = told[body.client_order_id]
                    if not waiting.done():
                        waiting.set_result(now)

    listening = asyncio.create_task(listen(await facts.head()))

    async def order() -> float:
        name = str(uuid.uuid4())
        told[name] = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        await approvals.append([Fact(approval(name))])
        return await asyncio.wait_for(told[name], 10) - begun

    try:
        yield order
    finally:
        listening.cancel()


def approval(name: str) -> OrderApproved:
    now = datetime.now(UTC)
    return OrderApproved(
        approval_id=name, signal_id=name, account="paper", source=Source.WS, symbol=SYMBOL, side=Side.BUY,
        qty=Decimal(1), type=OrderType.LIMIT, time_in_force=TimeInForce.DAY, limit_price=Decimal(1),
        reference_price=Decimal(1), at=now, expires_at=now + timedelta(days=36_500), checks=(),
    )  # fmt: skip


async def measure() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-orders-") as folder:
        async with Processes(Path(folder)) as processes:
            exchange, echo = free_port(), free_port()
            url, echo_url = f"http://127.0.0.1:{exchange}", f"http://127.0.0.1:{echo}"
            await processes.until_ready("echo", "benchmarks.echo", f"{echo_url}/readyz", ECHO_PORT=str(echo))
            await processes.until_ready(
                "paper-exchange", "paper_exchange", f"{url}/readyz", EXCHANGE_PORT=str(exchange),
                EXCHANGE_STATE=f"{folder}/exchange", EXCHANGE_CASH=str(FORTUNE), EXCHANGE_REQUESTS_PER_MINUTE="0",
            )  # fmt: skip
            rates = [(await over_http(url), await over_http(echo_url)) for _ in range(ROUNDS)]
            report_rates(in_process(), rates)
            async with through_executor(processes, url) as managed:
                report_overhead(*await in_turns(bare(url), managed))


async def in_turns(*sides: Callable[[], Awaitable[float]]) -> list[Latency]:
    taken: list[list[float]] = [[] for _ in sides]
    for side in sides:
        await side()  # the first one opens connections
    for _ in range(TURNS):
        for side, times in zip(sides, taken, strict=True):
            times.extend([await side() * 1e3 for _ in range(ONE_BY_ONE)])
    return [latency(times) for times in taken]


def report_rates(core_rate: float, rates: list[tuple[float, float]]) -> None:
    exchange, echo = (statistics.median(side) for side in zip(*rates, strict=True))
    print(f"the matching core alone:                {core_rate:8,.0f} orders/s")
    print(f"the exchange over HTTP, {CLIENTS} clients:      {exchange:8,.0f} orders/s")
    print(f"a bare aiohttp server, same clients:    {echo:8,.0f} answers/s; ratio {exchange / echo:.2f}")


def report_overhead(alone: Latency, managed: Latency) -> None:
    print(f"alpaca-py alone, call to answer:        p50 {alone.p50:.2f} ms, p99 {alone.p99:.2f}")
    print(f"approval to the fact of the order:      p50 {managed.p50:.2f} ms, p99 {managed.p99:.2f}")
    print(f"the executor takes {managed.p50 / alone.p50:.2f} times as long as the client that it uses")


def main() -> None:
    set_up("bench", "", "ERROR", "bench", export=False)
    uvloop.run(measure())


if __name__ == "__main__":
    main()
