"""Serve people: read what the environment wants, take the port, follow the log, open the doors."""

from __future__ import annotations

from functools import partial

from api_gateway.access import KeySettings, read_key
from api_gateway.configure import wanted
from api_gateway.gateway import Gateway, run
from api_gateway.limits.sources import read_first, sources
from api_gateway.plans.reading import PlanSettings
from api_gateway.plans.reading import read_first as read_plans
from api_gateway.server import listen
from api_gateway.settings import DoorSettings, TradingSettings
from chassis.accounts import Accounts, names
from chassis.service import Body, main
from chassis.settings import load


def prepare() -> Body:
    doors, key, trading = load(DoorSettings), read_key(load(KeySettings)), load(TradingSettings)
    accounts = names(load(Accounts))
    limits = sources(trading.limits_file, accounts)
    facts = wanted(trading, read_first(limits))
    plans = read_plans(load(PlanSettings))
    return partial(run, Gateway(accounts, key, facts, limits, plans, listen(doors.api_host, doors.api_port)))


if __name__ == "__main__":
    main("api-gateway", prepare)
