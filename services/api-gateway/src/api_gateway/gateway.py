"""The life of the gateway: catch up, configure, open the doors."""

from __future__ import annotations

import asyncio
import socket

from msgspec import Struct

from api_gateway.app import build
from api_gateway.configure import changes
from api_gateway.desk import Desk
from api_gateway.history import History
from api_gateway.server import serve
from api_gateway.view import Configured, View
from chassis import permissions, presence
from chassis.presence import Presence
from chassis.service import CAUGHT_UP, Service
from contracts.log import Fact
from contracts.providers import Providers, decode


class Gateway(Struct, frozen=True):
    """What one process was given; `wanted` is what the environment wants, `listening` the port, taken."""

    account: str
    key: str
    wanted: tuple[Configured, ...]
    listening: socket.socket


def desk_of(service: Service, account: str) -> Desk:
    bucket = service.bucket(permissions.PRESENCE)

    async def ask(question: bytes) -> bytes:
        return (await service.connection.ask(permissions.HISTORY, question)).data

    async def present() -> list[Presence]:
        return await presence.present(bucket)

    async def providers() -> Providers | None:
        told = await service.bucket(permissions.PROVIDERS).entry(account)
        return decode(told.value) if told is not None and told.value else None

    return Desk(View(account), service.log, service.settings.profile, History(account, ask), present, providers)


async def run(gateway: Gateway, service: Service) -> None:
    """Serve until cancelled."""
    service.health.wait_for(CAUGHT_UP)
    desk = desk_of(service, gateway.account)
    await desk.follow(until=await service.log.head())
    if facts := [Fact(fact) for fact in changes(desk.view, gateway.wanted)]:
        await service.log.append(facts)
    service.health.met(CAUGHT_UP)
    async with asyncio.TaskGroup() as group:
        group.create_task(desk.follow())
        group.create_task(serve(build(desk, gateway.key, service.version), gateway.listening, desk.leaving.set))
