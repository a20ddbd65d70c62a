"""The real server and the real services, each as its own process, ended with the measurement."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

import psutil

from chassis.jetstream import Connection, connect
from chassis.jetstream.connection import UnansweredError
from chassis.permissions import PROVISIONER, configuration
from chassis.provision import Settings, provision
from contracts.channels import SERVICES

PASSWORD = "bench"  # noqa: S105 - of a server that lives for a minute on the loopback
START_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Processes:
    """Starts nats-server with the shipped configuration, and modules beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._port = free_port()
        self._running: list[subprocess.Popen[bytes]] = []
        self._pids: dict[str, int] = {}

    def url(self, user: str) -> str:
        return f"nats://{user}:{PASSWORD}@127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        text = configuration(
            dict.fromkeys((*SERVICES, PROVISIONER), f'"{PASSWORD}"'),
            store=str(self.folder / "store"),
            listen=f"127.0.0.1:{self._port}",
            monitor=f"127.0.0.1:{free_port()}",
            max_store="8GB",
        )
        config = self.folder / "nats.conf"
        config.write_text(text)
        binary = shutil.which("nats-server", path=str(Path(sys.executable).parent))
        if binary is None:
            raise RuntimeError("nats-server is not installed: run make install")
        self._start("nats-server", [binary, "-c", str(config)], {})
        connection = await self.connect(PROVISIONER)
        await provision(connection, Settings(nats_url="", log_max_bytes=4 * 10**9))
        await connection.close()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()

    async def connect(self, user: str) -> Connection:
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    return await connect(self.url(user), user)
                except UnansweredError:
                    await asyncio.sleep(0.1)

    async def service(self, user: str, module: str, **settings: str) -> int:
        """Start a service and wait until it is ready; give its process id."""
        port = free_port()
        given = {"NATS_URL": self.url(user), "HEALTH_PORT": str(port), "LOG_LEVEL": "WARNING", **settings}
        return await self.until_ready(user, module, f"http://127.0.0.1:{port}/readyz", **given)

    async def until_ready(self, name: str, module: str, ready: str, **settings: str) -> int:
        """Start a module and wait until a URL of its answers 200; give its process id."""
        process = self._start(name, [sys.executable, "-m", module], settings)
        async with asyncio.timeout(START_SECONDS):
            while not await asyncio.to_thread(_is_ready, ready):
                if process.poll() is not None:
                    log = (self.folder / f"{name}.log").read_text()
                    raise RuntimeError(f"{module} ended with {process.returncode}: {log[-2000:]}")
                await asyncio.sleep(0.1)
        return process.pid

    def cpu_seconds(self) -> dict[str, float]:
        """Say how long each process has computed; this one is called bench."""
        own = {name: psutil.Process(pid) for name, pid in self._pids.items()}
        return {name: sum(one.cpu_times()[:2]) for name, one in {**own, "bench": psutil.Process()}.items()}

    def module(self, name: str, module: str, **settings: str) -> int:
        """Start a module that is not a service; give its process id."""
        return self._start(name, [sys.executable, "-m", module], settings).pid

    def _start(self, name: str, command: list[str], settings: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
        self._running.append(process)
        self._pids[name] = process.pid
        return process


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - always http on the loopback
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
