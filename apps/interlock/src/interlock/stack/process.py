"""One child process: start it so that it dies with us, write down who it is, stop it."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, Process
from functools import cache
from itertools import groupby
from pathlib import Path

import msgspec
import psutil
from msgspec import Struct

from interlock.stack.home import MEGABYTE, Home
from interlock.stack.program import Program, Task
from interlock.stack.refusal import StackError
from interlock.stack.secrets import write_private

GRACE_SECONDS = 10.0
ROTATE_BYTES = 10 * MEGABYTE
# A service that refuses its settings names every mistake in one line.
LINE = 4_000
# The clock that start times are told by may be set while a process runs.
SAME_START_SECONDS = 2.0


class Identity(Struct, frozen=True):
    """A process, told from a later one with the same number by its start (seconds since 1970)."""

    name: str
    pid: int
    started: float
    stop: int = signal.SIGTERM

    def alive(self) -> psutil.Process | None:
        """Give the process if it still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < SAME_START_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def identify(name: str, pid: int, stop: int = signal.SIGTERM) -> Identity | None:
    """Say who a process is; nothing when it has ended already."""
    try:
        return Identity(name, pid, psutil.Process(pid).create_time(), stop)
    except psutil.NoSuchProcess:
        return None


def log_file(home: Home, name: str) -> Path:
    return home.logs / f"{name}.log"


def rotate(home: Home) -> None:
    """Put aside logs that have grown large; one old one of each is kept."""
    for log in home.logs.glob("*.log"):
        if log.stat().st_size > ROTATE_BYTES:
            log.replace(log.with_name(log.name + ".1"))


@cache
def leash() -> tuple[str, ...]:
    """Give the words before a command that have the kernel kill it when its parent dies, where there is a way."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return ()
    knows = subprocess.run([setpriv, "--help"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    return (setpriv, "--pdeathsig", "KILL") if "--pdeathsig" in knows else ()


async def spawn(home: Home, program: Program | Task) -> Process:
    """Start a child in a session of its own: a Ctrl-C is for the supervisor, which stops children in their order.

    Raise `StackError` when there is no such program, `OSError` when this machine cannot run it now.
    """
    if shutil.which(program.command[0]) is None:
        raise StackError(f"{program.name} cannot be started: {program.command[0]} is missing")
    wrap = () if program.leashed else leash()
    with log_file(home, program.name).open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *wrap, *program.command, env=program.environment,
            stdin=DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _note(home, identify(program.name, process.pid, program.stop))
    except OSError:
        # Nobody would find it after a kill of ours.
        process.kill()
        await process.wait()
        raise
    return process


def _note(home: Home, identity: Identity | None) -> None:
    if identity is not None:
        write_private(home.run / f"{identity.name}.json", msgspec.json.encode(identity).decode())


async def stop(process: Process, number: int) -> bool:
    """Ask a child to end, and make it; say whether it had to be made."""
    if process.returncode is not None:
        return False
    process.send_signal(number)
    try:
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return True
    return False


def log_size(home: Home, name: str) -> int:
    try:
        return log_file(home, name).stat().st_size
    except FileNotFoundError:
        return 0


def last_lines(home: Home, name: str, since: int = 0, count: int = 10) -> str:
    """Give the end of a program's log after its first `since` bytes, what it said again and again once."""
    try:
        said = log_file(home, name).read_bytes()[since:].decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    lines = [line for line, _ in groupby(said)]
    return "\n".join(f"    {line[:LINE]}" for line in lines[-count:])
