"""The position manager's process."""

from __future__ import annotations

from functools import partial

from chassis.accounts import Account, own
from chassis.service import Body, main
from chassis.settings import load
from position_manager.process import body


def prepare() -> Body:
    account = own(load(Account))
    return partial(body, account)


if __name__ == "__main__":
    main("position-manager", prepare, by_account=True)
