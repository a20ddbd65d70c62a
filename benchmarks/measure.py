"""One run of one side: at a rate, or as fast as it goes."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from msgspec import Struct

from benchmarks.sides import Side

DRAIN_SECONDS = 30.0
NS = 1e9


class Latency(Struct, frozen=True):
    """Milliseconds from sent to arrived."""

    count: int
    p50: float
    p99: float
    p999: float


def latency(milliseconds: Sequence[float]) -> Latency:
    ordered = sorted(milliseconds)
    p50, p99, p999 = (round(_percentile(ordered, share), 3) for share in (0.5, 0.99, 0.999))
    return Latency(len(ordered), p50, p99, p999)


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


async def at_rate(side: Side, rate: float, seconds: float) -> list[float]:
    """Send so many a second, whatever comes through; give each one's milliseconds."""
    loop = asyncio.get_running_loop()
    arrived, sent = len(side.arrivals), len(side.sent)
    begun = loop.time()
    for number in range(round(rate * seconds)):
        if (wait := begun + number / rate - loop.time()) > 0:
            await asyncio.sleep(wait)
        await side.send()
    return [(at - left) / 1e6 for left, at in await _through(side, arrived, sent)]


async def at_most(side: Side, count: int) -> float:
    """Send without a pause; give how many a second came through."""
    arrived, sent = len(side.arrivals), len(side.sent)
    for number in range(count):
        await side.send()
        if number % 100 == 0:
            await asyncio.sleep(0)
    passed = await _through(side, arrived, sent)
    first, last = min(left for left, _ in passed), max(at for _, at in passed)
    return len(passed) / (last - first) * NS


async def _through(side: Side, arrived: int, sent: int) -> list[tuple[int, int]]:
    """Wait until everything has come through; give when each left and arrived."""
    expected = len(side.sent) - sent
    async with asyncio.timeout(DRAIN_SECONDS):
        while len(side.arrivals) - arrived < expected:  # noqa: ASYNC110 - another process' memory gives no event
            await asyncio.sleep(0.02)
    times = side.arrivals.since(arrived)
    return [(at, times[key]) for key, at in side.left(sent).items()]
