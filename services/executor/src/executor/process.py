"""One executor as a process: its lease, its broker, its feed."""

from __future__ import annotations

import asyncio

from chassis.lease import Lease
from chassis.permissions import LEASES, SNAPSHOTS
from chassis.service import Service
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.client import Alpaca
from executor.brokers.alpaca.stream import TradeUpdates
from executor.budget import Budget
from executor.calls import Calls, LeaseLostError, Threads
from executor.feeds.alpaca import AlpacaData
from executor.live import CAUGHT_UP, MARKET_TIME, RECONCILED, Means, work
from executor.settings import Settings

LEASE = "lease"


async def body(settings: Settings, where: Access, service: Service) -> None:
    service.health.wait_for(LEASE, CAUGHT_UP, MARKET_TIME, RECONCILED)
    lease = Lease(service.bucket(LEASES), settings.account)
    threads, others = Threads("broker"), Threads("feed", 2)
    means = Means(
        log=service.log, store=service.bucket(SNAPSHOTS), perform=others,
        calls=Calls(Alpaca(where), Budget(settings.requests_per_minute), threads, lambda: lease.is_held),
        listen=lambda hear, missed: TradeUpdates(where, hear, missed),
        source=AlpacaData(where, settings.alpaca_data_url, settings.alpaca_data_stream_url),
    )  # fmt: skip
    await lease.acquire()
    service.health.met(LEASE)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_kept(lease))
            group.create_task(work(means, settings.habits(), service.health.met))
    finally:
        await lease.release()
        threads.stop()
        others.stop()


async def _kept(lease: Lease) -> None:
    await lease.keep()
    raise LeaseLostError("the lease of this account was lost")
