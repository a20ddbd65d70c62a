"""Keep the regular hours of a file of minute bars: `python convert_bars.py IN.csv.gz OUT.csv.gz`."""  # noqa: INP001 - a script

import csv
import gzip
import sys
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


def main(source: Path, target: Path) -> None:
    with gzip.open(source, "rt", newline="") as lines:
        rows = list(csv.reader(lines))
    kept = [rows[0], *(row for row in rows[1:] if _regular(row[0]))]
    # No name and no time in the header: the same input gives the same bytes.
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write("".join(",".join(row) + "\n" for row in kept).encode())


def _regular(timestamp: str) -> bool:
    local = datetime.fromisoformat(timestamp).astimezone(NEW_YORK).time()
    return time(9, 30) <= local < time(16)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
