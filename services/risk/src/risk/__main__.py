"""The risk service: the mandatory gate of one account."""

from __future__ import annotations

import sys

from msgspec import Struct

from chassis.service import Service, main
from chassis.settings import SettingsError, load
from contracts.values import Token
from risk.decider import decider


class Settings(Struct, frozen=True, kw_only=True):
    account: Token = "paper"


def start() -> None:
    try:
        settings = load(Settings)
    except SettingsError as e:
        sys.exit(f"risk: {e}")

    async def body(service: Service) -> None:
        await service.run(decider(settings.account))

    main("risk", body)


if __name__ == "__main__":
    start()
