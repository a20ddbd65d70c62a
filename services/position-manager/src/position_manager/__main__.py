"""The position manager's process."""

from __future__ import annotations

from msgspec import Struct

from chassis.service import Body, main
from chassis.settings import load
from contracts.values import Token
from position_manager.decider import position_manager


class Settings(Struct, frozen=True, kw_only=True):
    """The account whose positions are managed."""

    account: Token = "paper"


def prepare() -> Body:
    account = load(Settings).account
    return lambda service: service.run(position_manager(account))


if __name__ == "__main__":
    main("position-manager", prepare, by_account=True)
