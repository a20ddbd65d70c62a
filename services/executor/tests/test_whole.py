"""The whole executor on a real nats-server and a real paper exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from alpaca.trading.client import TradingClient
from alpaca.trading.enums import QueryOrderStatus
from alpaca.trading.models import AccountConfiguration, Order
from alpaca.trading.requests import GetOrdersRequest
from msgspec import structs

from chassis.jetstream import Connection, JetStreamLog
from chassis.jetstream.bucket import Bucket
from chassis.lease import Lease
from chassis.log import Log
from chassis.permissions import LEASES, SNAPSHOTS
from contracts.accounts import AccountSnapshot
from contracts.control import LimitsSet
from contracts.exits import CancelProtection, ClosePosition, ExitReason
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.log import Fact, Message, Record
from contracts.market import Bar, Quote
from contracts.orders import OrderChanged, OrderFilled
from contracts.signals import Action, Signal, Source
from contracts.values import OrderType, TimeInForce
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.alpaca.stream import TradeUpdates
from executor.budget import Budget
from executor.calls import Calls, Threads
from executor.feeds.alpaca import AlpacaData
from executor.feeds.alpaca_days import AlpacaDays
from executor.feeds.feed import Questions
from executor.live import Habits, Means, work
from executor.pace import Pace
from tests.simulation.intents import AT, approval, protection

if TYPE_CHECKING:
    from .conftest import StartExchange

Connect = Callable[[str], Awaitable[Connection]]
QUICK = Pace(first=0.02, absent=0.3, abandoned=0.6, duplicate=0.2)
TRACE = "00-11111111111111111111111111111111-2222222222222222-01"


@asynccontextmanager
async def running(bus: Connect, url: str) -> AsyncGenerator[Log]:
    connection = await bus("executor")
    where, threads, others = Access(url, "paper", "paper"), Threads("broker"), Threads("feed", 4)
    lease = Lease(Bucket(connection, LEASES), "paper")
    await lease.acquire()
    means = Means(
        log=JetStreamLog(connection), store=Bucket(connection, SNAPSHOTS), questions=Questions(others, 0, 4),
        calls=Calls(Alpaca(where), Budget(0), threads, lambda: lease.is_held),
        listen=lambda hear, missed: TradeUpdates(where, hear, missed),
        source=AlpacaData(where, url, f"ws{url.removeprefix('http')}/v2/iex"), history=AlpacaDays(where, url, "iex"),
    )  # fmt: skip
    tasks = [
        asyncio.create_task(lease.keep()),
        asyncio.create_task(work(means, Habits(account="paper", market_speed=60, pace=QUICK))),
    ]
    try:
        yield means.log
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await lease.release()
        threads.stop()
        others.stop()


async def until(log: Log, subjects: str, found: Callable[[Message], bool]) -> Record:
    async with asyncio.timeout(30):
        async for chunk in log.read((subjects,)):
            for record in chunk:
                if found(record.body):
                    return record
    raise AssertionError


def is_filled(name: str) -> Callable[[Message], bool]:
    return lambda m: isinstance(m, OrderFilled) and m.client_order_id == name


def stands(name: str, status: OrderStatus) -> Callable[[Message], bool]:
    return lambda m: isinstance(m, OrderChanged) and (m.client_order_id, m.status) == (name, status)


def is_leg(kind: OrderType) -> Callable[[Message], bool]:
    return lambda m: isinstance(m, OrderChanged) and bool(m.parent) and m.type is kind


async def append(bus: Connect, service: str, *bodies: Message) -> None:
    await JetStreamLog(await bus(service)).append([Fact(body, trace=TRACE) for body in bodies])


async def test_an_approval_becomes_a_fill_its_protection_rests_is_taken_back_and_the_position_closed(
    bus: Connect, start_exchange: StartExchange
):
    async with running(bus, start_exchange()) as log:
        await append(bus, "risk", approval("a1"))
        bought = await until(log, "fills.>", is_filled("a1"))
        await append(bus, "position-manager", protection("x1"))
        rests = await until(log, "orders.>", lambda m: isinstance(m, OrderChanged) and m.parent == "x1")
        assert isinstance(rests.body, OrderChanged)
        assert (rests.body.status, rests.body.type, rests.body.stop_price) == ("held", "stop", Decimal(100))

        back = CancelProtection(
            exit_id="c1", account="paper", symbol="SPY", client_order_id="x1", reason=ExitReason.SIGNAL, at=AT
        )
        await append(bus, "position-manager", back)
        await until(log, "orders.>", stands("x1", OrderStatus.CANCELED))
        await until(log, "orders.>", stands(rests.body.client_order_id, OrderStatus.CANCELED))

        close = ClosePosition(
            exit_id="z1", account="paper", symbol="SPY", qty=Decimal(3), reason=ExitReason.SIGNAL, cause_id="s", at=AT
        )
        await append(bus, "position-manager", close)
        sold = await until(log, "fills.>", is_filled("z1"))
        flat = await until(log, "account.>", lambda m: isinstance(m, AccountSnapshot) and m.n > 1 and not m.positions)

    assert {record.trace[3:35] for record in (bought, rests, sold)} == {"1" * 32}
    assert isinstance(flat.body, AccountSnapshot)
    assert flat.body.status == "ACTIVE"
    assert (flat.body.last_equity, flat.body.multiplier) == (Decimal(100_000), Decimal(4))
    assert (flat.body.maintenance_margin, flat.body.refuses_wash_trades) == (Decimal(0), True)


async def test_an_entry_that_brings_its_exits_along_is_protected_by_them_from_its_fill_on(
    bus: Connect, start_exchange: StartExchange
):
    entry = structs.replace(
        approval("a1"), take_profit=Decimal(300), stop_loss=Decimal(100), time_in_force=TimeInForce.GTC
    )
    async with running(bus, start_exchange()) as log:
        await append(bus, "risk", entry)
        await until(log, "fills.>", is_filled("a1"))
        told = [(await until(log, "orders.>", is_leg(kind))).body for kind in (OrderType.LIMIT, OrderType.STOP)]
    assert [(m.purpose, m.side, m.qty) for m in told if isinstance(m, OrderChanged)] == [("protect", "sell", 3)] * 2


async def test_dollars_buy_what_they_buy_and_whole_shares_where_the_account_has_no_parts(
    bus: Connect, start_exchange: StartExchange
):
    url = start_exchange()
    money = structs.replace(approval("a1"), notional=Decimal("500.55"), qty=Decimal("2.997305389"))
    async with running(bus, url) as log:
        await append(bus, "risk", money)
        last = (await until(log, "orders.>", stands("a1", OrderStatus.FILLED))).body
        assert isinstance(last, OrderChanged)
        assert (last.notional, last.qty) == (money.notional, last.filled_qty)
        assert last.filled_qty % 1
        assert last.filled_avg_price is not None
        assert 0 <= Decimal("500.55") - last.filled_qty * last.filled_avg_price < Decimal("0.01")

        client = TradingClient("paper", "paper", url_override=url)
        asked = client.get_account_configurations()
        assert isinstance(asked, AccountConfiguration)
        asked.fractional_trading = False
        client.set_account_configurations(asked)
        await append(bus, "risk", structs.replace(money, approval_id="a2", signal_id="s2"))
        last = (await until(log, "orders.>", stands("a2", OrderStatus.FILLED))).body
    assert isinstance(last, OrderChanged)
    assert (last.notional, last.qty, last.filled_qty) == (None, 2, 2)


async def test_every_answer_is_lost_and_every_order_exists_once(bus: Connect, start_exchange: StartExchange):
    url = start_exchange(EXCHANGE_FAULTS="lost_response=1")
    names = [f"a{n}" for n in range(5)]
    async with running(bus, url) as log:
        await until(log, "clock.tick", lambda _: True)
        for name in names:
            await append(bus, "risk", approval(name))
            await until(log, "fills.>", is_filled(name))
        await append(bus, "position-manager", protection("x1"))
        await until(log, "orders.>", lambda m: isinstance(m, OrderChanged) and m.parent == "x1")
    client = TradingClient("paper", "paper", url_override=url)
    found = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, nested=True))
    assert sorted(order.client_order_id for order in found if isinstance(order, Order)) == sorted([*names, "x1"])


async def test_an_executor_that_starts_anew_goes_on_where_the_log_and_the_broker_are(
    bus: Connect, start_exchange: StartExchange
):
    url = start_exchange()
    async with running(bus, url) as log:
        await append(bus, "risk", approval("a1"))
        await until(log, "fills.>", is_filled("a1"))
    await append(bus, "position-manager", protection("x1"))
    await append(bus, "risk", approval("a2"))
    async with running(bus, url) as log:
        await until(log, "fills.>", is_filled("a2"))
        await until(log, "orders.>", lambda m: isinstance(m, OrderChanged) and m.parent == "x1")
    fills = [r.body async for chunk in log.read(("fills.>",), 0, await log.head()) for r in chunk]
    assert sorted(m.client_order_id for m in fills if isinstance(m, OrderFilled)) == ["a1", "a2"]


async def test_a_signal_for_a_symbol_that_nobody_follows_brings_its_price_at_once(
    bus: Connect, start_exchange: StartExchange
):
    async with running(bus, start_exchange()) as log:
        await until(log, "account.>", lambda _: True)
        signal = Signal(signal_id="s1", source=Source.WS, symbol="IBM", action=Action.BUY, confidence=0.9, at=AT)
        await append(bus, "signal-gateway", signal)
        told = await until(log, "signals.>", lambda _: True)
        quoted = await until(log, "quotes.IBM", lambda _: True)
        assert isinstance(quoted.body, Quote)
        assert quoted.body.ask > 0
        assert (quoted.cause, quoted.trace[3:35]) == (told.sequence, "1" * 32)
        await until(log, "bars.IBM.>", lambda _: True)


async def test_once_somebody_measures_stops_by_them_the_days_that_are_over_are_told(
    bus: Connect, tmp_path: Path, start_exchange: StartExchange
):
    file = tmp_path / "days.csv"
    days = [f"2013-10-{day:02},SPY,{day},{day + 2},{day - 1},{day + 1},400" for day in (7, 8, 9, 10, 11)]
    file.write_text("\n".join(["date,symbol,open,high,low,close,volume", *days]))
    url = start_exchange(EXCHANGE_BARS=str(file), EXCHANGE_SPEED="1e9", EXCHANGE_LOOP="false")
    async with running(bus, url) as log:
        signal = Signal(signal_id="s1", source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=AT)
        await append(bus, "signal-gateway", signal)
        wish = Limits(stop_daily_atr=Decimal(2))
        await append(bus, "api-gateway", LimitsSet(control_id="c1", scope="all", limits=wish, by="ann"))
        tenth = datetime(2013, 10, 10, 4, tzinfo=UTC)
        await until(log, "bars.SPY.1Day", lambda m: isinstance(m, Bar) and m.at == tenth)
        told = [r.body async for chunk in log.read(("bars.SPY.1Day",), 0, await log.head()) for r in chunk]
    assert [(m.at.day, m.low, m.high) for m in told if isinstance(m, Bar)] == [(d, d - 1, d + 2) for d in (7, 8, 9, 10)]
