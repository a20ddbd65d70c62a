"""The position manager's process."""

from __future__ import annotations

from chassis.accounts import Account, own
from chassis.service import Body, main
from chassis.settings import load
from position_manager.decider import position_manager


def prepare() -> Body:
    account = own(load(Account))
    return lambda service: service.run(position_manager(account))


if __name__ == "__main__":
    main("position-manager", prepare, by_account=True)
