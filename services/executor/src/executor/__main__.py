"""`python -m executor`: the executor of one account."""

from __future__ import annotations

from functools import partial

from msgspec import structs

from chassis.accounts import Account, own
from chassis.service import Body, main
from chassis.settings import load
from executor.process import body
from executor.settings import Settings
from executor.venue import choose


def prepare() -> Body:
    settings = structs.replace(load(Settings), account=own(load(Account)))
    return partial(body, settings, choose(settings))


if __name__ == "__main__":
    main("executor", prepare, by_account=True)
