"""The bare relay to compare with: plain nats-py, as many stored hops, one publish awaited at a time per process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import nats
import uvloop
from msgspec import Struct
from nats.aio.msg import Msg

from benchmarks.arrivals import Arrivals
from chassis.settings import load

STREAM, FIRST, SECOND = "BENCH", "bench.first", "bench.second"
KEY_BYTES = 16


class Settings(Struct, frozen=True, kw_only=True):
    """`arrivals` is empty in the middle and names a file at the end of the relay."""

    nats_url: str
    arrivals: str = ""


async def run(settings: Settings) -> None:
    client = await nats.connect(settings.nats_url)  # pyright: ignore[reportUnknownMemberType] - nats-py leaves arguments untyped
    stream = client.jetstream()  # pyright: ignore[reportUnknownMemberType] - the same

    async def pass_on(message: Msg) -> None:
        await stream.publish(SECOND, message.data)

    if settings.arrivals:
        arrivals = Arrivals(Path(settings.arrivals))

        async def arrive(message: Msg) -> None:
            arrivals.add(message.data[:KEY_BYTES])

        await stream.subscribe(SECOND, cb=arrive, ordered_consumer=True)
    else:
        await stream.subscribe(FIRST, cb=pass_on, ordered_consumer=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(run(load(Settings)))
