"""The process itself, on real servers: killed, started again, asked."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

from chassis.jetstream import Connection, JetStreamLog
from chassis.permissions import HISTORY
from contracts.history import HistoryAsked, decode_answer, encode
from contracts.log import Fact
from contracts.signals import Signal

Bus = Callable[[str], Awaitable[Connection]]


class NatsServer(Protocol):
    def url(self, user: str) -> str: ...


class Database(Protocol):
    @property
    def writer(self) -> str: ...
    def sequences(self) -> list[int]: ...


class Process:
    """One life of the service."""

    def __init__(self, nats_url: str, database_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        told = {"NATS_URL": nats_url, "DATABASE_URL": database_url, "HEALTH_PORT": str(self._port)}
        self.process = subprocess.Popen((sys.executable, "-m", "audit"), env={**os.environ, **told})

    def is_ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/readyz") as answer:
                return answer.status == 200
        except URLError:
            return False

    async def ready(self) -> None:
        while not await asyncio.to_thread(self.is_ready):
            assert self.process.poll() is None
            await asyncio.sleep(0.05)


@contextmanager
def living(nats_url: str, database_url: str) -> Generator[Process]:
    process = Process(nats_url, database_url)
    try:
        yield process
    finally:
        process.process.kill()
        process.process.wait()


async def test_killed_at_any_time_it_stores_every_record_once_and_tells_of_it(
    bus: Bus, nats_server: NatsServer, database: Database, signal: Callable[..., Signal]
):
    gateway = JetStreamLog(await bus("signal-gateway"))
    asking = await bus("api-gateway")
    for life in range(3):
        with living(nats_server.url("audit"), database.writer) as process:
            await process.ready()
            await gateway.append([Fact(signal(f"s{life}-{n}")) for n in range(500)])

    with living(nats_server.url("audit"), database.writer) as process:
        await process.ready()
        answer = decode_answer((await asking.ask(HISTORY, encode(HistoryAsked(id="s1-7", story=True)))).data)
        process.process.terminate()
        left = await asyncio.to_thread(process.process.wait)

    assert database.sequences() == list(range(1, 1_501))
    assert [record.body for record in answer.records] == [signal("s1-7")]
    assert (answer.through, answer.error, left) == (1_500, "", 0)


def test_without_a_database_to_write_to_it_says_so_at_once():
    done = subprocess.run((sys.executable, "-m", "audit"), env={}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (os.EX_CONFIG, "audit: missing in the environment: DATABASE_URL\n")
