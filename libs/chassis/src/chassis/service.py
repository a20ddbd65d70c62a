"""One process of Interlock: boot, health, drain."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from importlib.metadata import version
from typing import TypeVar

import uvloop
from msgspec import Struct

from chassis import presence, run, telemetry
from chassis.accounts import Account, own
from chassis.decider import Decider
from chassis.health import Health
from chassis.jetstream import Connection, JetStreamLog, connect
from chassis.jetstream.bucket import Bucket
from chassis.jetstream.connection import UnansweredError
from chassis.permissions import PRESENCE, SNAPSHOTS
from chassis.settings import SettingsError, load

BEGUN, CAUGHT_UP = "begun", "log caught up"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

S = TypeVar("S", bound=Struct)


class ServiceSettings(Struct, frozen=True, kw_only=True):
    """What every service needs; a service's own settings are a Struct beside it."""

    nats_url: str
    profile: str = "paper"
    log_level: str = "INFO"
    health_host: str = "127.0.0.1"
    health_port: int = 0
    otel_exporter_otlp_endpoint: str = ""


class Service(Struct, frozen=True):
    """What a running service has in hand."""

    name: str
    version: str
    settings: ServiceSettings
    connection: Connection
    log: JetStreamLog
    health: Health

    def bucket(self, name: str) -> Bucket:
        return Bucket(self.connection, name)

    async def run(self, decider: Decider[S]) -> None:
        """Run a decider under this service's name."""
        self.health.wait_for(CAUGHT_UP)
        await run.run(decider, self.log, self.bucket(SNAPSHOTS), lambda: self.health.met(CAUGHT_UP))


Body = Callable[[Service], Awaitable[None]]


def main(name: str, prepare: Callable[[], Body], *, by_account: bool = False) -> None:
    """Run a service until it is told to stop or fails; the exit code says which.

    One that is run `by_account` says everywhere whose it is: where it is present, in its logs and its traces.
    `prepare` reads the service's own settings and gives what it does; a `SettingsError` of it is one sentence.
    """
    try:
        body, settings = prepare(), load(ServiceSettings)
        account = own(load(Account)) if by_account else ""
        telemetry.set_up(
            name, _version(name), _level(settings.log_level), settings.profile, account,
            export=bool(settings.otel_exporter_otlp_endpoint),
        )  # fmt: skip
        _spare_the_collector()
        uvloop.run(_serve(name, account, settings, body))
    except SettingsError as e:
        sys.stderr.write(f"{name}: {e}\n")
        # By this code a supervisor knows that another attempt would end in the same way.
        sys.exit(os.EX_CONFIG)
    except UnansweredError as e:
        sys.exit(f"{name}: {e}")
    finally:
        telemetry.shut_down()


def _spare_the_collector() -> None:
    # A full collection walks every object that lives: with a book in memory that is a pause of many milliseconds.
    # What was imported lives for ever, and garbage in cycles is rare here.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _serve(name: str, account: str, settings: ServiceSettings, body: Body) -> None:
    health = Health(name, _version(name))
    health.wait_for(BEGUN)
    await health.serve(settings.health_host, settings.health_port)
    connection = await connect(settings.nats_url, name)
    service = Service(name, _version(name), settings, connection, JetStreamLog(connection), health)
    telemetry.logger("service").info("started", version=service.version)
    announcing = presence.announce(service.bucket(PRESENCE), name, service.version, health.waiting, account)
    try:
        await until_stopped(_all(body(service), _begun(health), connection.watch(), announcing))
    finally:
        await connection.close()
        await health.stop()
        telemetry.logger("service").info("stopped")


async def _all(*parts: Awaitable[None]) -> None:
    # The first to fail ends the process: the supervisor starts it again and the log rebuilds its state.
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(_awaited(part))


async def _begun(health: Health) -> None:
    # Second in the group: the body has named by now what it waits for, or it waits for nothing.
    health.met(BEGUN)


async def _awaited(part: Awaitable[None]) -> None:
    await part


async def until_stopped(work: Coroutine[None, None, None]) -> None:
    """Await `work` until it ends by itself or SIGTERM or SIGINT cancels it."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return


def _level(name: str) -> str:
    if name.upper() not in LEVELS:
        raise SettingsError(f"LOG_LEVEL was {name!r}, expected one of {', '.join(LEVELS)}")
    return name.upper()


def _version(name: str) -> str:
    return version(f"interlock-{name}")
