"""The environment of the door, and what of it decides about trading."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from contracts.values import Mode

Port = Annotated[int, Meta(ge=0, le=65_535)]


class DoorSettings(Struct, frozen=True, kw_only=True):
    api_host: str = "127.0.0.1"
    api_port: Port = 8000


class TradingSettings(Struct, frozen=True, kw_only=True):
    """What becomes facts of the log, but for the limits."""

    trade_mode: Mode = Mode.MANUAL
    limits_file: str = ""
