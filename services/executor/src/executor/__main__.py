"""`python -m executor`: the executor of one account."""

from __future__ import annotations

import sys
from functools import partial

from chassis.service import main
from chassis.settings import SettingsError, load
from executor.brokers.alpaca.access import access
from executor.process import body
from executor.settings import Settings


def start() -> None:
    try:
        settings = load(Settings)
        where = access(settings)
    except SettingsError as e:
        sys.exit(f"executor: {e}")
    main("executor", partial(body, settings, where))


if __name__ == "__main__":
    start()
