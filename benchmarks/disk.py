"""How long a synced write takes on the disk just now: what every stored message waits for."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

WRITES, BYTES = 300, 400


def synced_write(folder: Path) -> float:
    """Give the median in milliseconds."""
    took: list[float] = []
    with (folder / "synced").open("wb", buffering=0) as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            file.write(b"." * BYTES)
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    return round(statistics.median(took), 3)
