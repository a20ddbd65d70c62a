"""`make bench-hop`: what the chassis adds to a hop, beside one publish with its answer, in one run."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from benchmarks.measure import Latency, latency
from benchmarks.processes import Processes
from chassis.jetstream import JetStreamLog
from chassis.log import Log
from chassis.telemetry import set_up
from contracts.log import Fact
from contracts.signals import Action, Signal, Source
from contracts.verdicts import OrderDenied

RATE, COUNT = 100, 1_000
NOW = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)


def signal(name: str) -> Fact:
    return Fact(Signal(signal_id=name, source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=NOW))


async def publishes(log: Log) -> Latency:
    """Time an append with its answer."""
    taken: list[float] = []
    for number in range(COUNT):
        begun = time.perf_counter()
        await log.append([signal(f"alone{number}")])
        taken.append((time.perf_counter() - begun) * 1e3)
        await asyncio.sleep(1 / RATE)
    return latency(taken)


async def hops(log: Log, sink: Log) -> Latency:
    """Time a signal's way to a decider and its verdict's way to a reader."""
    sent: dict[str, float] = {}
    taken: list[float] = []

    async def read(after: int) -> None:
        async for chunk in sink.read(("denied.>",), after):
            now = time.perf_counter()
            verdicts = [r.body for r in chunk if isinstance(r.body, OrderDenied)]
            taken.extend((now - sent[v.signal_id]) * 1e3 for v in verdicts if v.signal_id in sent)
            if len(taken) == COUNT:
                return

    reading = asyncio.create_task(read(await sink.head()))
    await asyncio.sleep(0.5)
    for number in range(COUNT):
        name = f"hop{number}"
        sent[name] = time.perf_counter()
        await log.append([signal(name)])
        await asyncio.sleep(1 / RATE)
    await asyncio.wait_for(reading, 30)
    return latency(taken)


async def measure() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-hop-") as folder:
        async with Processes(Path(folder)) as processes:
            gateway, reader = await processes.connect("signal-gateway"), await processes.connect("executor")
            log = JetStreamLog(gateway)
            alone = await publishes(log)
            await processes.service("risk", "benchmarks.bench_decider")
            two = await hops(log, JetStreamLog(reader))
            await gateway.close()
            await reader.close()
    print(f"one publish with its answer, at {RATE}/s: p50 {alone.p50:.3f} ms, p99 {alone.p99:.3f}")
    print(f"two hops through a decider, at {RATE}/s:  p50 {two.p50:.3f} ms, p99 {two.p99:.3f}")
    print(f"a hop costs {two.p50 / 2 / alone.p50:.2f} publishes; below 2.00 the chassis adds less than one")


def main() -> None:
    set_up("bench", "", "ERROR", "bench", export=False)
    uvloop.run(measure())


if __name__ == "__main__":
    main()
