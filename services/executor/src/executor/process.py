"""One executor as a process: its lease, its broker, its feed."""

from __future__ import annotations

import asyncio
from functools import partial

from chassis.lease import Lease
from chassis.permissions import LEASES, SNAPSHOTS
from chassis.service import Service
from executor.budget import Budget
from executor.calls import Calls, LeaseLostError, Threads
from executor.live import CAUGHT_UP, MARKET_TIME, RECONCILED, Means, work
from executor.settings import Settings
from executor.venue import Venue

LEASE = "lease"


async def body(settings: Settings, venue: Venue, service: Service) -> None:
    service.health.wait_for(LEASE, CAUGHT_UP, MARKET_TIME, RECONCILED)
    lease = Lease(service.bucket(LEASES), settings.account)
    threads, others = Threads("broker"), Threads("feed", 2)
    calls = Calls(venue.broker, Budget(venue.requests_per_minute), threads, lambda: lease.is_held)
    means = Means(
        log=service.log, store=service.bucket(SNAPSHOTS), perform=others, calls=calls,
        listen=partial(venue.stream, calls), source=venue.source,
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
