"""Each service says now and then that it is there; whoever shows the status reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from chassis.jetstream.bucket import Bucket
from chassis.jetstream.connection import UnansweredError

EVERY_SECONDS = 2.0
TTL_SECONDS = 15


class Presence(Struct, frozen=True, kw_only=True):
    """What a service says of itself; `account` is whose it is, empty where it serves all of them.

    `waiting` names what it is not ready for; times are the wall's, UTC.
    """

    service: str
    version: str
    started: datetime
    seen: datetime
    waiting: tuple[str, ...] = ()
    account: str = ""


async def announce(
    bucket: Bucket, service: str, version: str, waiting: Callable[[], tuple[str, ...]], account: str = ""
) -> None:
    """Say so for ever."""
    started, key = datetime.now(UTC), f"{service}.{account}" if account else service
    while True:
        said = Presence(
            service=service, account=account, version=version, started=started, seen=datetime.now(UTC),
            waiting=waiting(),
        )  # fmt: skip
        # While the bus is away there is nobody to tell; the next one will be heard.
        with suppress(UnansweredError):
            await bucket.write(key, msgspec.json.encode(said), ttl=TTL_SECONDS)
        await asyncio.sleep(EVERY_SECONDS)


async def present(bucket: Bucket) -> list[Presence]:
    """List the services that were there in the last seconds."""
    values = [await bucket.get(key) for key in await bucket.keys()]
    return [msgspec.json.decode(value, type=Presence) for value in values if value]
