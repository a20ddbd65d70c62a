"""The position manager's process."""

from __future__ import annotations

import sys

from msgspec import Struct

from chassis.service import Service, main
from chassis.settings import SettingsError, load
from contracts.values import Token
from position_manager.decider import position_manager


class Settings(Struct, frozen=True, kw_only=True):
    """The account whose positions are managed."""

    account: Token = "paper"


def start() -> None:
    try:
        settings = load(Settings)
    except SettingsError as e:
        sys.exit(f"position-manager: {e}")

    async def body(service: Service) -> None:
        await service.run(position_manager(settings.account))

    main("position-manager", body)


if __name__ == "__main__":
    start()
