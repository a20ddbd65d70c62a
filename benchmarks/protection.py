"""`make bench-protection`: how long shares stand without protection, on real processes, without and with faults."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.coverage_load import Load
from benchmarks.coverage_run import Measured, Setting, measure
from benchmarks.waits import STEPS
from chassis.telemetry import set_up
from interlock.stack.refusal import StackError

RESULTS = Path(__file__).parent / "results" / "protection.json"
WANTED = 2.0
"""Seconds that 99 of 100 fills may wait at a broker without faults."""
MODERATE = "seed=7,lost_response=0.05,error_after=0.05,error_before=0.05,frame_dropped=0.1"
HEAVY = (
    "seed=7,lost_response=0.15,error_after=0.1,error_before=0.15,frame_dropped=0.3,stream_gap=0.02,"
    "slow=0.1@1,stuck_cancel=0.1@3,reject_after_accept=0.03"
)


def table(results: Sequence[Measured]) -> str:
    first = results[0]
    rows: list[tuple[str, list[str]]] = [
        ("entries sent, sales, falls", [f"{r.sent.entries}, {r.sent.sales}, {r.sent.stops}" for r in results]),
        ("entry fills", [f"{r.waits.fills}" for r in results]),
        ("half waited, s", [f"{r.waits.p50:.3f}" for r in results]),
        ("99 % at most, s", [f"{r.waits.p99:.3f}" for r in results]),
        ("all at most, s", [f"{r.waits.most:.3f}" for r in results]),
        ("share-seconds", [f"{r.waits.share_seconds:.1f}" for r in results]),
        (f"p50 as against {first.name}", [f"{_ratio(r.waits.p50, first.waits.p50)}" for r in results]),
        (f"p99 as against {first.name}", [f"{_ratio(r.waits.p99, first.waits.p99)}" for r in results]),
        ("/status says the same", ["yes" if r.agrees else f"no: {r.api}" for r in results]),
        ("all protected after, s", ["not" if r.settled is None else f"{r.settled:.1f}" for r in results]),
        ("flat at the exchange after, s", [_flat(r) for r in results]),
    ]
    lines = [f"{'':34}" + "".join(f"{r.name:>22}" for r in results)]
    lines += [f"{name:34}" + "".join(f"{cell:>22}" for cell in cells) for name, cells in rows]
    lines += ["", "the way of a fill whose exits came after it, ms (p50, p99)"]
    for name, _ in STEPS:
        cells = (f"{p50:.1f}, {p99:.1f}" for p50, p99 in (r.steps.get(name, (0.0, 0.0)) for r in results))
        lines.append(f"{name:44}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def _ratio(one: float, other: float) -> str:
    return f"{one / other:.1f}" if other else "-"


def _flat(one: Measured) -> str:
    if one.flat is None or one.left:
        return f"not flat: {', '.join(one.left) or 'not told'}"
    return f"{one.flat:.1f}"


def settings(entries: int) -> tuple[Setting, ...]:
    return (
        Setting("healthy", Load(entries=entries)),
        Setting("healthy, exits after", Load(entries=entries), alone=True),
        Setting("some faults", Load(entries=entries, faults=MODERATE)),
        Setting("many, and kills", Load(entries=entries, faults=HEAVY, kills=("executor", "position-manager"))),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="make bench-protection", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name} too")
    parser.add_argument("--entries", type=int, default=220, help="sent in each setting")
    parser.add_argument("--only", default="", help="one setting, by the beginning of its name")
    chosen = parser.parse_args(arguments)
    set_up("bench", "", "ERROR", "bench", export=False)
    begun, results = time.monotonic(), list[Measured]()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {line}", flush=True)

    try:
        for setting in settings(chosen.entries):
            if setting.name.startswith(chosen.only):
                say(f"{setting.name}{': ' * bool(setting.load.faults)}{setting.load.faults}")
                with tempfile.TemporaryDirectory(prefix="bench-protection-") as name:
                    results.append(measure(setting, Path(name), say))
    except StackError as e:
        sys.exit(f"bench-protection: {e}")
    print(table(results))
    if chosen.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
    if not all(one.passed for one in results):
        sys.exit("bench-protection: something does not agree, or is left")
    if results[0].name == "healthy" and results[0].waits.p99 >= WANTED:
        sys.exit(f"bench-protection: 99 % waited {results[0].waits.p99:.2f} s, expected less than {WANTED:g}")


if __name__ == "__main__":
    main()
