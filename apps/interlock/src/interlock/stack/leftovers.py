"""What a supervisor that was killed has left behind."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from interlock.stack.home import Home
from interlock.stack.process import GRACE_SECONDS, Identity, identify


def recorded(home: Home) -> list[tuple[Path, Identity]]:
    """List every process that was written down; a torn note is no process."""
    found: list[tuple[Path, Identity]] = []
    for file in sorted(home.run.glob("*.json")):
        if file != home.state:
            try:
                found.append((file, msgspec.json.decode(file.read_bytes(), type=Identity)))
            except msgspec.MsgspecError:
                file.unlink()
    return found


def clear(home: Home) -> list[str]:
    """End exactly those that still run, remove their notes, and name them. Only the holder of the lock may call it."""
    notes = recorded(home)
    alive = [(i, process) for _, i in notes if (process := i.alive()) is not None]
    postmaster = _postmaster(home)
    if postmaster is not None and postmaster.pid not in [i.pid for i, _ in alive]:
        alive.append((Identity("postgres", postmaster.pid, 0.0, signal.SIGINT), postmaster))
    for identity, process in alive:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(identity.stop)
    _, stubborn = psutil.wait_procs([process for _, process in alive], timeout=GRACE_SECONDS)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=GRACE_SECONDS)
    for file, _ in notes:
        file.unlink(missing_ok=True)
    (home.postgres / "data" / "postmaster.pid").unlink(missing_ok=True)
    return [identity.name for identity, _ in alive]


def _postmaster(home: Home) -> psutil.Process | None:
    # PostgreSQL writes its own note, also when we were killed before we wrote ours.
    file = home.postgres / "data" / "postmaster.pid"
    try:
        pid = int(file.read_text(encoding="ascii").split()[0])
        identity = identify("postgres", pid)
        process = identity.alive() if identity else None
        return process if process and str(home.postgres / "data") in process.cmdline() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
