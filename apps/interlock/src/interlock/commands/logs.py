"""`interlock logs`: what the processes say."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import click

from interlock.api import NothingRuns, Refused, place
from interlock.logline import readable

POLL_SECONDS = 0.2


@click.command()
@click.argument("service", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on as they say more.")
@click.option("-n", "--lines", type=click.IntRange(min=0), default=20, show_default=True, help="How many of each.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as they were written.")
def logs(service: str | None, *, follow: bool, lines: int, as_json: bool) -> None:
    """Show the last lines of one service's log, or of every log."""
    files = _files(place().home / "logs", service)
    ends = {file: _tail(file, lines, named=len(files) > 1, as_json=as_json) for file in files}
    while follow:
        time.sleep(POLL_SECONDS)
        for file, end in ends.items():
            ends[file] = _more(file, end, as_json=as_json)


def _files(folder: Path, service: str | None) -> list[Path]:
    files = sorted(folder.glob("*.log"))
    if not files:
        raise NothingRuns(f"no logs in {folder}: start a stack with `interlock up`")
    chosen = [file for file in files if service in (None, file.stem)]
    if not chosen:
        raise Refused(f"no log of {service!r}; there are {', '.join(file.stem for file in files)}")
    return chosen


def _tail(file: Path, lines: int, *, named: bool, as_json: bool) -> int:
    if named:
        click.echo(f"==> {file.stem} <==")
    with file.open("rb") as opened:
        for line in deque(opened, maxlen=lines):
            _say(line, as_json=as_json)
        return opened.tell()


def _more(file: Path, end: int, *, as_json: bool) -> int:
    # A log that was rotated at a start begins again.
    start = end if end <= file.stat().st_size else 0
    with file.open("rb") as opened:
        opened.seek(start)
        for line in opened:
            if not line.endswith(b"\n"):
                break
            start += len(line)
            _say(line, as_json=as_json)
    return start


def _say(line: bytes, *, as_json: bool) -> None:
    text = line.decode(errors="replace").rstrip("\n")
    click.echo(text if as_json else readable(text))
