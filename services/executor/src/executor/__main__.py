"""`python -m executor`: the executor of one account."""

from __future__ import annotations

from functools import partial

from chassis.service import Body, main
from chassis.settings import load
from executor.brokers.alpaca.access import access
from executor.process import body
from executor.settings import Settings


def prepare() -> Body:
    settings = load(Settings)
    return partial(body, settings, access(settings))


if __name__ == "__main__":
    main("executor", prepare)
