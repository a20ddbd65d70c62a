"""One position manager as a process: it decides, and tells what it would do next."""

from __future__ import annotations

import asyncio

from chassis.permissions import PLANS
from chassis.service import CAUGHT_UP, Service
from position_manager.decider import position_manager
from position_manager.telling import Seen, tell


async def body(account: str, service: Service) -> None:
    seen = Seen(position_manager(account))
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run(seen.decider))
        group.create_task(tell(seen, service.bucket(PLANS), lambda: CAUGHT_UP not in service.health.waiting()))
