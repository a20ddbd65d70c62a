"""The real signal-gateway, noting when it received each WebSocket frame."""

from __future__ import annotations

import re
import uuid
from functools import partial
from pathlib import Path

from msgspec import Struct

from benchmarks.arrivals import Arrivals
from chassis.publish import Publisher
from chassis.service import Service, main
from chassis.settings import load
from contracts.signals import Source
from contracts.values import derived_id
from signal_gateway import gateway
from signal_gateway.intake import Intake, Rules
from signal_gateway.websocket import Server

ACCOUNT = "paper"
_ID = re.compile(rb'"id": "(b[0-9]+)"')


class Settings(Struct, frozen=True, kw_only=True):
    websocket_url: str
    received: str


class NotingIntake(Intake):
    """Notes the receipt before anything else is done with the message."""

    def __init__(self, received: Arrivals, publisher: Publisher, rules: Rules) -> None:
        super().__init__(publisher, rules)
        self._noted = received

    def take(self, data: bytes) -> None:
        if found := _ID.search(data):
            self._noted.add(uuid.UUID(derived_id(f"ws-{found[1].decode()}", ACCOUNT)).bytes)
        super().take(data)


async def body(service: Service) -> None:
    settings = load(Settings)
    begin = partial(NotingIntake, Arrivals(Path(settings.received)))
    await gateway.run(service.log, Rules(Source.WS, 3600), Server(settings.websocket_url), begin)


if __name__ == "__main__":
    main("signal-gateway", lambda: body)
