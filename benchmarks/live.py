"""`make bench-live`: from a signal's WebSocket frame to the broker's POST, beside a bare relay, in one run."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil
import uvloop
from msgspec import Struct

from benchmarks.client_cost import ClientCost, client_cost
from benchmarks.disk import synced_write
from benchmarks.measure import Latency, at_most, at_rate, latency
from benchmarks.processes import Processes
from benchmarks.sides import Interlock, Relay, Side
from chassis.telemetry import set_up

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


class Sustained(Struct, frozen=True):
    """Messages a second, and the microseconds that each process computed for one of them."""

    rate: float
    cpu: dict[str, float]


class Result(Struct, frozen=True):
    """Latencies in milliseconds. `load` is of the machine's last minute, others' work included.

    `synced_write` is the disk's, at the beginning, after the rates and at the end.
    """

    at_rates: list[AtRate]
    interlock: Sustained
    relay: Sustained
    client: ClientCost
    cpus: int
    load: float
    synced_write: tuple[float, float, float]


async def run(plan: Plan) -> Result:
    with tempfile.TemporaryDirectory(prefix="bench-live-") as name:
        folder = Path(name)
        async with Processes(folder) as processes:
            sides = Interlock(folder), Relay(folder)
            for side in sides:
                await side.start(processes)
            try:
                return await measured(plan, processes, *sides)
            finally:
                for side in sides:
                    await side.stop()


async def measured(plan: Plan, processes: Processes, interlock: Side, relay: Side) -> Result:
    """Take turns, so that whatever else the machine does meets both."""
    sides, disk = (interlock, relay), [synced_write(processes.folder)]
    for side in sides:
        await at_rate(side, RATES[-1], WARM_UP / RATES[-1])
    taken: dict[tuple[int, int], list[float]] = {(rate, which): [] for rate in RATES for which in (0, 1)}
    for _ in range(plan.rounds):
        for rate in RATES:
            for which, side in enumerate(sides):
                taken[rate, which] += await at_rate(side, rate, plan.seconds)
    disk.append(synced_write(processes.folder))
    bursts = [[await sustained(plan, processes, side) for side in sides] for _ in range(plan.bursts)]
    best = [max(one, key=lambda found: found.rate) for one in zip(*bursts, strict=True)]
    at_rates = [AtRate(rate, latency(taken[rate, 0]), latency(taken[rate, 1])) for rate in RATES]
    client = await client_cost(processes)
    disk.append(synced_write(processes.folder))
    load = round(psutil.getloadavg()[0], 1)
    return Result(at_rates, best[0], best[1], client, psutil.cpu_count() or 0, load, (disk[0], disk[1], disk[2]))


async def sustained(plan: Plan, processes: Processes, side: Side) -> Sustained:
    before = processes.cpu_seconds()
    rate = await at_most(side, plan.burst)
    used = {name: (after - before[name]) / plan.burst * 1e6 for name, after in processes.cpu_seconds().items()}
    return Sustained(round(rate, 1), {name: round(each, 1) for name, each in used.items() if each >= 1})


def table(result: Result) -> str:
    lines = [f"{'':24}{'Interlock':>12}{'bare relay':>12}{'ratio':>8}"]
    for one in result.at_rates:
        for name in ("p50", "p99", "p999"):
            ours, theirs = getattr(one.interlock, name), getattr(one.relay, name)
            lines.append(f"{f'{name} at {one.rate:,}/s, ms':24}{ours:12.3f}{theirs:12.3f}{ours / theirs:8.2f}")
    ours, theirs = result.interlock.rate, result.relay.rate
    lines.append(f"{'sustained, per second':24}{ours:12,.0f}{theirs:12,.0f}{ours / theirs:8.2f}")
    for name, side in (("Interlock", result.interlock), ("bare relay", result.relay)):
        parts = ", ".join(f"{part} {each:.0f}" for part, each in side.cpu.items())
        lines.append(f"{name}, sustained: computing per message {sum(side.cpu.values()):.0f} us ({parts})")
    lines.append(
        f"alpaca-py by itself, not in the numbers above: {result.client.cpu:.2f} ms of computing an order, "
        f"{result.client.answer_p50:.2f} ms to the paper exchange's answer (p50)"
    )
    lines.append(f"{result.cpus} processors, load {result.load} at the end")
    disk = ", ".join(f"{each:.3f}" for each in result.synced_write)
    lines.append(f"a synced write of this disk, ms: {disk} (at the beginning, after the rates, at the end)")
    return "\n".join(lines)


NOTES = """
Interlock: WebSocket frame received -> signal-gateway -> log -> risk -> log -> executor -> the broker's POST begins. The
broker only notes the time: a real client adds its own cost. Limits are wide open, every signal becomes an order.
Bare relay: publisher -> stream -> A -> stream -> B in plain nats-py, one publish awaited at a time in each process.
Both write two messages on the way, to one nats-server with `sync_interval: always`. Interlock also writes, beside the
path, a fact about each order; the relay has no WebSocket and decides nothing. At most 1.00 is wanted for the
latencies, at least 1.50 for the sustained rate.

What limits it: when messages come one by one, each wakes every process several times, and Interlock, with three stored
facts to the relay's two and three processes to its two, computes more than twice as much; on two processors that is the
difference at p50. At 1,000/s it asks the disk for 3,000 synced writes a second, the relay for 2,000: where the disk, or
its quota, gives fewer, messages wait. Under load facts go in batches, so its computing per message falls to the relay's
or below.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="make bench-live", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} too")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it runs")
    chosen = parser.parse_args(arguments)
    plan = Plan(rounds=1, seconds=2, burst=2_000, bursts=1) if chosen.quick else Plan()
    set_up("bench", "", "ERROR", "bench", export=False)
    result = uvloop.run(run(plan))
    print(table(result))
    print(NOTES)
    if chosen.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")


if __name__ == "__main__":
    main()
