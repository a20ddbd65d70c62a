"""The whole executor on a real nats-server and a real paper exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chassis.jetstream import Connection, JetStreamLog
from chassis.jetstream.bucket import Bucket
from chassis.log import Log
from chassis.permissions import SNAPSHOTS
from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.log import Fact, Message
from contracts.orders import OrderChanged, OrderFilled
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.alpaca.stream import TradeUpdates
from executor.budget import Budget
from executor.calls import Calls, Threads
from executor.feeds.alpaca import AlpacaData
from executor.live import Habits, Means, work
from executor.pace import Pace

Connect = Callable[[str], Awaitable[Connection]]
QUICK = Pace(first=0.02, absent=0.3, abandoned=0.6, duplicate=0.2)


@asynccontextmanager
async def running(bus: Connect, url: str, **habits: object) -> AsyncIterator[Log]:
    connection = await bus("executor")
    where, threads = Access(url, "paper", "paper"), Threads()
    means = Means(
        log=JetStreamLog(connection), store=Bucket(connection, SNAPSHOTS), perform=threads,
        calls=Calls(Alpaca(where), Budget(0), threads, lambda: True),
        listen=lambda hear, missed: TradeUpdates(where, hear, missed),
        source=AlpacaData(where, url, f"ws{url.removeprefix('http')}/v2/iex"),
    )  # fmt: skip
    task = asyncio.create_task(work(means, Habits(account="paper", market_speed=60, pace=QUICK)))
    try:
        yield means.log
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        threads.stop()


async def until(log: Log, subjects: str, found: Callable[[Message], bool]) -> Message:
    async with asyncio.timeout(30):
        async for chunk in log.read((subjects,)):
            for record in chunk:
                if found(record.body):
                    return record.body
    raise AssertionError


def approval(**changes: object) -> OrderApproved:
    at = datetime(2013, 10, 7, 13, 31, tzinfo=UTC)
    return OrderApproved(
        approval_id="a1", signal_id="s1", account="paper", source=Source.WS, symbol="SPY", side=Side.BUY,
        qty=Decimal(3), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, reference_price=Decimal(167), at=at,
        expires_at=at + timedelta(days=30), checks=(),
    )  # fmt: skip


async def test_an_approval_becomes_a_fill_and_its_protection_rests_at_the_broker(
    bus: Connect, start_exchange: Callable[..., str]
):
    risk = JetStreamLog(await bus("risk"))
    manager = JetStreamLog(await bus("position-manager"))
    async with running(bus, start_exchange()) as log:
        await risk.append([Fact(approval(), trace="00-11111111111111111111111111111111-2222222222222222-01")])
        filled = await until(log, "fills.>", lambda m: isinstance(m, OrderFilled))
        assert isinstance(filled, OrderFilled)
        protect = PlaceProtection(
            exit_id="x1", account="paper", symbol="SPY", qty=filled.qty, stop_price=Decimal(100),
            target_price=Decimal(300), time_in_force=TimeInForce.GTC, reason=ExitReason.ENTRY_FILLED,
            execution_id=filled.execution_id, at=filled.at,
        )  # fmt: skip
        await manager.append([Fact(protect)])
        leg = await until(log, "orders.>", lambda m: isinstance(m, OrderChanged) and m.parent == "x1")
        cancel = CancelProtection(
            exit_id="c1", account="paper", symbol="SPY", client_order_id="x1", reason=ExitReason.SIGNAL, at=filled.at
        )
        await manager.append([Fact(cancel)])
        await until(
            log,
            "orders.>",
            lambda m: isinstance(m, OrderChanged) and m.client_order_id == "x1" and m.status is OrderStatus.CANCELED,
        )
        close = ClosePosition(
            exit_id="z1",
            account="paper",
            symbol="SPY",
            qty=filled.qty,
            reason=ExitReason.SIGNAL,
            cause_id="s2",
            at=filled.at,
        )
        await manager.append([Fact(close)])
        await until(log, "fills.>", lambda m: isinstance(m, OrderFilled) and m.client_order_id == "z1")
