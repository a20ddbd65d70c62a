"""`make bench-live`: from a signal's WebSocket frame to the broker's POST, beside a bare relay, in one run."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop
from msgspec import Struct

from benchmarks.measure import Latency, at_most, at_rate, latency
from benchmarks.processes import Processes
from benchmarks.sides import Interlock, Relay, Side

RESULTS = Path(__file__).parent / "results" / "live.json"
RATES = (100, 1_000)
WARM_UP = 500


class Plan(Struct, frozen=True):
    """How long to measure: rounds of `seconds` at each rate, then `burst` messages at once, `bursts` times."""

    rounds: int = 3
    seconds: float = 8.0
    burst: int = 20_000
    bursts: int = 2


class AtRate(Struct, frozen=True):
    rate: int
    interlock: Latency
    relay: Latency


class Result(Struct, frozen=True):
    """Latencies in milliseconds, sustained rates in messages a second."""

    at_rates: list[AtRate]
    interlock_sustained: float
    relay_sustained: float


async def run(plan: Plan) -> Result:
    with tempfile.TemporaryDirectory(prefix="bench-live-") as name:
        folder = Path(name)
        async with Processes(folder) as processes:
            interlock, relay = Interlock(folder), Relay(folder)
            await interlock.start(processes)
            await relay.start(processes)
            try:
                return await measured(plan, interlock, relay)
            finally:
                await interlock.stop()
                await relay.stop()


async def measured(plan: Plan, interlock: Side, relay: Side) -> Result:
    """Take turns, so that whatever else the machine does meets both."""
    for side in (interlock, relay):
        await at_rate(side, RATES[-1], WARM_UP / RATES[-1])
    taken: dict[tuple[int, int], list[float]] = {(rate, which): [] for rate in RATES for which in (0, 1)}
    for _ in range(plan.rounds):
        for rate in RATES:
            for which, side in enumerate((interlock, relay)):
                taken[rate, which] += await at_rate(side, rate, plan.seconds)
    rates = [[await at_most(side, plan.burst) for side in (interlock, relay)] for _ in range(plan.bursts)]
    return Result(
        [AtRate(rate, latency(taken[rate, 0]), latency(taken[rate, 1])) for rate in RATES],
        *(round(statistics.median(one), 1) for one in zip(*rates, strict=True)),
    )


def table(result: Result) -> str:
    lines = [f"{'':24}{'Interlock':>12}{'bare relay':>12}{'ratio':>8}"]
    for one in result.at_rates:
        for name in ("p50", "p99", "p999"):
            ours, theirs = getattr(one.interlock, name), getattr(one.relay, name)
            lines.append(f"{f'{name} at {one.rate:,}/s, ms':24}{ours:12.3f}{theirs:12.3f}{ours / theirs:8.2f}")
    ours, theirs = result.interlock_sustained, result.relay_sustained
    lines.append(f"{'sustained, per second':24}{ours:12,.0f}{theirs:12,.0f}{ours / theirs:8.2f}")
    return "\n".join(lines)


NOTES = """
Interlock: WebSocket frame sent -> signal-gateway -> log -> risk -> log -> executor -> the broker's POST begins. The
broker only notes the time: a real client adds its own cost. Limits are wide open, every signal becomes an order.
Bare relay: publisher -> stream -> A -> stream -> B in plain nats-py, one publish awaited at a time in each process.
Both write two messages on the way, to one nats-server with `sync_interval: always`. Interlock also writes, beside the
path, two facts about each order; the relay has no WebSocket and decides nothing. At most 1.00 is wanted for the
latencies, at least 1.50 for the sustained rate.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="make bench-live", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} too")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it runs")
    chosen = parser.parse_args(arguments)
    plan = Plan(rounds=1, seconds=2, burst=2_000, bursts=1) if chosen.quick else Plan()
    result = uvloop.run(run(plan))
    print(table(result))
    print(NOTES)
    if chosen.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")


if __name__ == "__main__":
    main()
