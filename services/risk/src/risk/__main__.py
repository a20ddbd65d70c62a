"""The risk service: the mandatory gate of one account."""

from __future__ import annotations

from msgspec import Struct

from chassis.service import Service, main
from chassis.settings import load
from contracts.values import Token
from risk.decider import decider


class Settings(Struct, frozen=True, kw_only=True):
    account: Token = "paper"


async def body(service: Service) -> None:
    await service.run(decider(load(Settings).account))


if __name__ == "__main__":
    main("risk", body)
