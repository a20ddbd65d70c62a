"""The risk service: the mandatory gate of one account."""

from __future__ import annotations

from chassis.accounts import Account, own
from chassis.service import Body, main
from chassis.settings import load
from risk.decider import decider


def prepare() -> Body:
    account = own(load(Account))
    return lambda service: service.run(decider(account))


if __name__ == "__main__":
    main("risk", prepare, by_account=True)
