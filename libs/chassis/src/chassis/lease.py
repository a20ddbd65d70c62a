"""One active executor per account: a lease that its holder stops trusting before it runs out."""

from __future__ import annotations

import asyncio
import secrets
import time

from chassis.jetstream import api
from chassis.jetstream.bucket import Bucket
from chassis.jetstream.connection import UnansweredError
from chassis.telemetry import logger

TTL_SECONDS = 6
RENEW_SECONDS = 1.0
MARGIN_SECONDS = 2.0
"""How long before the server forgets the lease its holder stops acting on it: more than a broker call needs."""


class Lease:
    """Held from `acquire` on, as long as `keep` runs and `is_held` says so."""

    def __init__(self, bucket: Bucket, key: str) -> None:
        self._bucket, self._key = bucket, key
        self._holder = secrets.token_hex(8).encode()
        self._revision = 0
        self._until = 0.0

    @property
    def is_held(self) -> bool:
        return time.monotonic() < self._until

    async def acquire(self) -> None:
        """Wait until nobody else holds it."""
        while not self.is_held:
            if not await self._take():
                await asyncio.sleep(RENEW_SECONDS)

    async def keep(self) -> None:
        """Renew for ever; return once it is lost."""
        while self.is_held:
            await asyncio.sleep(RENEW_SECONDS)
            await self._take()
        logger("lease").error("lease lost", key=self._key)

    async def release(self) -> None:
        """Let the next one have it soon."""
        self._until = 0.0
        try:
            await self._bucket.write(self._key, b"", revision=self._revision, ttl=1)
        except (UnansweredError, api.ApiRefusedError):
            return  # it runs out by itself

    async def _take(self) -> bool:
        # Counted from before the question: the server's clock cannot have started earlier.
        asked = time.monotonic()
        try:
            revision = await self._bucket.write(self._key, self._holder, revision=self._revision, ttl=TTL_SECONDS)
        except (UnansweredError, api.ApiRefusedError):
            await self._look()
            return False
        self._revision = revision
        self._until = asked + TTL_SECONDS - MARGIN_SECONDS
        return True

    async def _look(self) -> None:
        """See who holds it: a lost answer may have been a yes, then it is ours and can be renewed."""
        try:
            entry = await self._bucket.entry(self._key)
        except UnansweredError:
            return
        ours = entry is not None and entry.value == self._holder
        self._revision = entry.revision if entry is not None and ours else 0
