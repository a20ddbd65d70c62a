"""A whole stack for a test: real servers and every service, on free ports, in a home of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
import psutil
import pytest

from interlock.stack.process import Identity

START_SECONDS = 90.0


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


T = TypeVar("T")


def until(what: str, look: Callable[[], T], seconds: float = 60.0) -> T:
    """Look again and again until there is something to see."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if seen := look():
            return seen
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Stack:
    """One `interlock up` in a folder of its own; its `.env`, if any, is written before `start`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        api, exchange = free_ports(2)
        self.api_url, self.exchange_url = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{exchange}"
        self.environ = {
            "INTERLOCK_HOME": str(self.home),
            "API_PORT": str(api),
            "EXCHANGE_PORT": str(exchange),
        }
        self.output = folder / "up.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, name: str, **environ: str) -> tuple[list[str], dict[str, str]]:
        """Give a command of the CLI with the environment of this stack."""
        return [sys.executable, "-m", "interlock", name], {**os.environ, **self.environ, **environ}

    def start(self, **environ: str) -> None:
        command, env = self.command("up", **environ)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, env=env, cwd=self.folder, stdout=output, stderr=output, start_new_session=True
            )

    def run(self, name: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command, env = self.command(name, **environ)
        return subprocess.run(command, env=env, cwd=self.folder, capture_output=True, text=True, check=False)

    def wait_ready(self) -> None:
        until("everything is ready", self._ready_or_failed, START_SECONDS)

    def _ready_or_failed(self) -> bool:
        assert self.process is not None
        said = self.output.read_text()
        assert self.process.poll() is None, said
        return "everything is ready" in said

    def pids(self) -> dict[str, int]:
        """Name every program that was started, with its process."""
        notes = [msgspec.json.decode(file.read_bytes(), type=Identity) for file in self._notes()]
        return {note.name: note.pid for note in notes}

    def _notes(self) -> list[Path]:
        return [file for file in (self.home / "run").glob("*.json") if file.name != "stack.json"]

    def processes(self) -> list[psutil.Process]:
        """List the supervisor and everything below it."""
        assert self.process is not None
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the API with its key."""
        key = (self.home / "api-key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.request(method, self.api_url + path, json=body, headers=headers, timeout=10, trust_env=False)

    def signal(self, number: signal.Signals) -> int:
        """Send a signal to the supervisor, wait for its end and give its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Keep those that have not ended; a zombie has."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Give a stack that is not started yet; whatever is left of it is ended."""
    made = Stack(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.signal(signal.SIGTERM)
    made.run("down")
