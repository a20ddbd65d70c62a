"""Real servers for tests: a nats-server with the shipped permissions."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import pytest

from chassis.jetstream import Connection, connect
from chassis.permissions import PROVISIONER, configuration
from chassis.provision import Settings, provision
from contracts.log import SERVICES

PASSWORD = "test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NatsServer:
    """A nats-server of one test, on a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._config = folder / "nats.conf"
        self._config.write_text(
            configuration(
                dict.fromkeys((*SERVICES, PROVISIONER), f'"{PASSWORD}"'),
                store=str(folder / "store"),
                listen=f"127.0.0.1:{self.port}",
                monitor=f"127.0.0.1:{free_port()}",
                max_store="4GB",
            )
        )
        self._log = folder / "nats.log"
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, user: str) -> str:
        return f"nats://{user}:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        binary = shutil.which("nats-server", path=str(Path(__file__).parent / ".venv" / "bin"))
        assert binary is not None, "nats-server is not installed: run make install"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([binary, "-c", str(self._config)], stdout=log, stderr=log)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def connect(self, user: str) -> Connection:
        """Connect as a service, waiting until the server is up."""
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                break
            await asyncio.sleep(0.05)
        return await connect(self.url(user), user)


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path)
    server.start()
    yield server
    server.kill()


Connect = Callable[[str], Awaitable[Connection]]


@asynccontextmanager
async def opened(server: NatsServer) -> AsyncGenerator[Connect]:
    connections: list[Connection] = []

    async def connected(user: str) -> Connection:
        connections.append(await server.connect(user))
        return connections[-1]

    try:
        await provision(await connected(PROVISIONER), Settings(nats_url="", log_max_bytes=10**9))
        yield connected
    finally:
        for connection in connections:
            await connection.close()


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Connect]:
    """Give connections, by the service's name, to a provisioned nats-server."""
    async with opened(nats_server) as connected:
        yield connected


@pytest.fixture
def open_bus(request: pytest.FixtureRequest) -> Callable[[], AbstractAsyncContextManager[Connect]]:
    """Like `bus`, for a test that does not always need a server."""
    return lambda: opened(request.getfixturevalue("nats_server"))
