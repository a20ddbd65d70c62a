"""The life of the gateway: catch up, configure, open the doors."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from functools import partial

from msgspec import Struct

from api_gateway.app import build
from api_gateway.configure import Wanted, changes
from api_gateway.limits.sources import Sources, refresh
from api_gateway.office import Bus, Office
from api_gateway.plans import keeping
from api_gateway.plans.reading import Plans
from api_gateway.plans.watch import marks, watch
from api_gateway.server import serve
from chassis import permissions, presence
from chassis.jetstream.connection import UnansweredError
from chassis.presence import Presence
from chassis.service import CAUGHT_UP, Service
from contracts import plans
from contracts.log import Fact
from contracts.providers import Providers, decode


class Gateway(Struct, frozen=True):
    """What one process was given; `wanted` and `plans` are as of the start, `listening` is the port, taken."""

    accounts: tuple[str, ...]
    key: str
    wanted: Wanted
    limits: Sources
    plans: Plans
    listening: socket.socket


def office_of(service: Service, accounts: tuple[str, ...]) -> Office:
    bucket = service.bucket(permissions.PRESENCE)

    async def ask(question: bytes) -> bytes:
        return (await service.connection.ask(permissions.HISTORY, question)).data

    async def present() -> list[Presence]:
        return await presence.present(bucket)

    async def providers(account: str) -> Providers | None:
        told = await service.bucket(permissions.PROVIDERS).entry(account)
        return decode(told.value) if told is not None and told.value else None

    async def planned(account: str) -> plans.Plans | None:
        # What is held must be shown though nobody can say what is planned for it.
        with suppress(UnansweredError):
            told = await service.bucket(permissions.PLANS).entry(account)
            return plans.decode(told.value) if told is not None and told.value else None
        return None

    return Office(accounts, service.log, service.settings.profile, Bus(ask, present, providers, planned))


async def run(gateway: Gateway, service: Service) -> None:
    """Serve until cancelled."""
    service.health.wait_for(CAUGHT_UP)
    office = office_of(service, gateway.accounts)
    await office.follow(until=await service.log.head())
    view = office.views[gateway.accounts[0]]
    # Plans first, or the mode could be auto before they hold.
    if facts := [Fact(f) for f in (*keeping.changes(view, gateway.plans), *changes(view, gateway.wanted))]:
        await service.log.append(facts)
    service.health.met(CAUGHT_UP)
    async with asyncio.TaskGroup() as group:
        group.create_task(office.follow())
        group.create_task(watch(partial(marks, (gateway.limits.file,)), partial(refresh, office, gateway.limits)))
        group.create_task(keeping.keep(office, gateway.plans.settings))
        group.create_task(serve(build(office, gateway.key, service.version), gateway.listening, office.leaving.set))
