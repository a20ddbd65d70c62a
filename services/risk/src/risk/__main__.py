"""The risk service: the mandatory gate of one account."""

from __future__ import annotations

from msgspec import Struct

from chassis.service import Body, main
from chassis.settings import load
from contracts.values import Token
from risk.decider import decider


class Settings(Struct, frozen=True, kw_only=True):
    account: Token = "paper"


def prepare() -> Body:
    account = load(Settings).account
    return lambda service: service.run(decider(account))


if __name__ == "__main__":
    main("risk", prepare, by_account=True)
