"""The doors open on a real port, on a real bus; what other services would write, the tests write in their name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api_gateway.configure import wanted
from api_gateway.gateway import Gateway, run
from api_gateway.limits.sources import read_first, sources
from api_gateway.plans.reading import PlanSettings, read
from api_gateway.server import listen
from api_gateway.settings import TradingSettings
from chassis.health import Health
from chassis.jetstream import Connection, JetStreamLog
from chassis.service import Service, ServiceSettings
from contracts.log import Fact, Message

KEY = "a-key-of-the-tests-0123456789"

Connect = Callable[[str], Awaitable[Connection]]


@asynccontextmanager
async def opened(bus: Connect, file: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """Run a gateway and speak to it, with the key."""
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    connection = await bus("api-gateway")
    health, log = Health("api-gateway", "1.2.3"), JetStreamLog(connection)
    service = Service("api-gateway", "1.2.3", ServiceSettings(nats_url=""), connection, log, health)
    accounts = ("paper", "growth")
    limits = sources(str(file), accounts, {})
    gateway = Gateway(
        accounts, KEY, wanted(TradingSettings(), read_first(limits)), limits, read(PlanSettings()), listening
    )
    task = asyncio.create_task(run(gateway, service))
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as client:
        # The port is open before the first facts are written; what a test writes comes after them.
        assert (await client.get("/mode")).is_success
        yield client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def open_doors(bus: Connect, tmp_path: Path) -> Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]:
    """Open a gateway whenever it is called; all of them read the one file of limits."""
    (tmp_path / "limits.toml").touch()
    return lambda: opened(bus, tmp_path / "limits.toml")


@pytest.fixture
async def client(
    open_doors: Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]],
) -> AsyncIterator[httpx.AsyncClient]:
    async with open_doors() as client:
        yield client


@pytest.fixture
def write(bus: Connect, client: httpx.AsyncClient) -> Callable[..., Awaitable[None]]:
    """Write into the log as another service, and wait until people can see it."""

    async def writing(writer: str, *messages: Message) -> None:
        log = JetStreamLog(await bus(writer))
        outcomes = [(await log.append([Fact(message)]))[0] for message in messages]
        while (await client.get("/status")).json()["view_sequence"] < outcomes[-1].sequence:
            await asyncio.sleep(0.02)

    return writing
