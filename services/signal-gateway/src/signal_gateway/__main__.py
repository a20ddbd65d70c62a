"""The signal-gateway service: takes signals in."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chassis.service import Body, main
from chassis.settings import load
from contracts.signals import Source
from signal_gateway import gateway
from signal_gateway.intake import Rules
from signal_gateway.websocket import Server


class Settings(Struct, frozen=True, kw_only=True):
    """`websocket_url` may be empty: then there is no server to listen to."""

    websocket_url: Annotated[str, Meta(pattern=r"^(wss?://[^/\s]+\S*)?$")] = ""
    heartbeat_interval: Annotated[float, Meta(gt=0)] = 30.0
    signal_max_age_seconds: Annotated[float, Meta(ge=0)] = 60.0


def prepare() -> Body:
    settings = load(Settings)
    server = Server(settings.websocket_url, settings.heartbeat_interval) if settings.websocket_url else None
    rules = Rules(Source.WS, settings.signal_max_age_seconds)
    return lambda service: gateway.run(service.log, rules, server)


if __name__ == "__main__":
    main("signal-gateway", prepare)
