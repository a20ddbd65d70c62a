"""Real servers for tests: a nats-server with the shipped permissions, a PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis.internal.conjecture import providers

from chassis.jetstream import Connection, connect
from chassis.permissions import PROVISIONER, configuration
from chassis.provision import Settings, provision
from contracts.channels import SERVICES
from interlock.stack import postgres as embedded

PASSWORD = "test"
USUAL_SECONDS = 120


def _is_not_drawn_from(_path: str) -> bool:
    return False


# Hypothesis mixes numbers of the project's modules into its draws, of those that happen to be loaded. Then a test that
# must see a rare event would see it or not by what ran before it.
setattr(providers, "is_local_module_file", _is_not_drawn_from)  # noqa: B010 - its name is not told to type checkers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread what may take long over the first half, so that no worker is left alone with it in the end."""
    long = [item for item in items if _may_take(item) > USUAL_SECONDS]
    if not long:
        return
    rest = [item for item in items if _may_take(item) <= USUAL_SECONDS]
    step = len(rest) // (2 * len(long)) + 1
    for number, item in enumerate(long):
        rest.insert(number * (step + 1), item)
    items[:] = rest


def _may_take(item: pytest.Item) -> float:
    found = item.get_closest_marker("timeout")
    return float(found.args[0]) if found and found.args else USUAL_SECONDS


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """Give a port that nobody listens on."""
    return unused_port()


class NatsServer:
    """A nats-server of one test, on a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = unused_port()
        self._config = folder / "nats.conf"
        self._config.write_text(
            configuration(
                dict.fromkeys((*SERVICES, PROVISIONER), f'"{PASSWORD}"'),
                store=str(folder / "store"),
                listen=f"127.0.0.1:{self.port}",
                monitor=f"127.0.0.1:{unused_port()}",
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


class PostgresServer:
    """A PostgreSQL of one test, empty at first."""

    def __init__(self, folder: Path) -> None:
        self.port = unused_port()
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        embedded.initialise(folder, PASSWORD)

    def url(self, user: str = embedded.SUPERUSER) -> str:
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it lets people in, which is a moment after it listens."""
        self.process = embedded.start(self._folder, self.port)
        for _ in range(200):
            with suppress(psycopg.OperationalError), psycopg.connect(self.url()):
                return
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGINT) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres")
    server.start()
    yield server
    server.stop()


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
