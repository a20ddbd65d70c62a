"""Storms by the thousand, on every core: `make soak`, or `python -m tools.soak [seeds] [first]`."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import structlog

from tests.simulation.outcomes import SOMETIMES, outcomes
from tests.simulation.storm import Storm
from tests.simulation.verdict import judge

CHUNK = 50
SHOWN_SECONDS = 10.0
ENOUGH = 500
"""So many storms must reach everything that storms are for."""

Course = tuple[Counter[str], list[tuple[int, str, list[str]]]]
"""What was seen, and of each broken promise the seed, the promise and the timeline."""


def run(seeds: Iterable[int]) -> Course:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    found, broken = Counter[str](), list[tuple[int, str, list[str]]]()
    for seed in seeds:
        storm = Storm(seed)
        try:
            storm.play()
            judge(storm)
        except (AssertionError, ExceptionGroup) as e:
            broken.append((seed, repr(e), storm.timeline()))
        found += outcomes(storm)
    return found, broken


def soak(seeds: int, first: int) -> int:
    """Run them; say how many broke a promise, or were never seen."""
    begun = shown = time.monotonic()
    found, failures, done = Counter[str](), 0, 0
    chunks = [range(n, min(n + CHUNK, first + seeds)) for n in range(first, first + seeds, CHUNK)]
    with ProcessPoolExecutor() as pool:
        for chunk, (seen, broken) in zip(chunks, pool.map(run, chunks), strict=True):
            found, failures, done = found + seen, failures + len(broken), done + len(chunk)
            for seed, promise, timeline in broken:
                print(f"\nseed {seed} broke a promise: {promise}", *timeline, sep="\n  ")
            if time.monotonic() - shown > SHOWN_SECONDS:
                shown = time.monotonic()
                print(f"{done} of {seeds} seeds, {done / (shown - begun):.1f}/s, {failures} broken", flush=True)
    rate = seeds / (time.monotonic() - begun)
    print(*(f"{count:9,}  {name}" for name, count in found.most_common()), sep="\n")
    missing = [name for name in SOMETIMES if not found[name]]
    print(f"{seeds} seeds from {first} at {rate:.1f}/s: {failures} broke a promise; never happened: {missing}")
    return failures + (len(missing) if seeds >= ENOUGH else 0)


if __name__ == "__main__":
    said = [int(text) for text in sys.argv[1:]]
    sys.exit(bool(soak(*said, *(20_000, 0)[len(said) :])))
