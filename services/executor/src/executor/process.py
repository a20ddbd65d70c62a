"""One executor as a process: its lease, its broker, its feed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from chassis.jetstream.bucket import Bucket
from chassis.jetstream.connection import UnansweredError
from chassis.lease import Lease
from chassis.permissions import LEASES, PROVIDERS, SNAPSHOTS
from chassis.service import Service
from contracts.providers import Providers, encode
from executor.budget import Budget
from executor.calls import Calls, LeaseLostError, Threads
from executor.feeds.feed import Questions
from executor.live import CAUGHT_UP, MARKET_TIME, RECONCILED, Means, work
from executor.settings import Settings
from executor.venue import Venue

LEASE = "lease"
PRICE_SLOTS = 4
"""Two for prices alone, beside what can wait."""
STANDING_SECONDS = 15
"""For so long the last word about the providers stands when the executor says no more."""


async def body(settings: Settings, venue: Venue, service: Service) -> None:
    service.health.wait_for(LEASE, CAUGHT_UP, MARKET_TIME, RECONCILED)
    lease = Lease(service.bucket(LEASES), settings.account)
    threads, others = Threads("broker"), Threads("feed", PRICE_SLOTS)
    calls = Calls(venue.broker, Budget(venue.requests_per_minute), threads, lambda: lease.is_held)
    means = Means(
        log=service.log, store=service.bucket(SNAPSHOTS), calls=calls,
        listen=partial(venue.stream, calls), source=venue.source, history=venue.history,
        questions=Questions(others, settings.price_requests_per_minute, PRICE_SLOTS),
        tell=partial(_tell, service.bucket(PROVIDERS)),
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


async def _tell(bucket: Bucket, told: Providers) -> None:
    # While the bus is away there is nobody to tell; the next word will be heard.
    with suppress(UnansweredError):
        await bucket.write(told.account, encode(told), ttl=STANDING_SECONDS)


async def _kept(lease: Lease) -> None:
    await lease.keep()
    raise LeaseLostError("the lease of this account was lost")
