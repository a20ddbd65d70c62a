"""REST v2: the account and its configuration."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, Struct
from msgspec.structs import replace

from exchange import records
from exchange.accounts import (
    LEAST_FOR_MARGIN,
    Account,
    buying_power,
    equity,
    money,
    multiplier,
    reserved,
    values,
)
from exchange.margin import maintenance_margin
from exchange.numbers import plain
from paper_exchange.floor import Floor
from paper_exchange.http import account, answer, floor, sent
from paper_exchange.times import in_new_york, stamp
from paper_exchange.wire import Json

INITIAL = Decimal("0.5")  # the part of a position's value that Regulation T asks for
OVERNIGHT = Decimal(2)


class Wishes(Struct, frozen=True):
    """A configuration as asked for; None leaves a member as it is."""

    fractional_trading: bool | None = None
    max_margin_multiplier: Literal["1", "2", "4"] | None = None
    max_options_trading_level: Annotated[int, Meta(ge=0, le=3)] | None = None
    no_shorting: bool | None = None
    ptp_no_exception_entry: bool | None = None
    suspend_trade: bool | None = None
    trade_confirm_email: Literal["all", "none"] | None = None
    disable_overnight_trading: bool | None = None


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/account", _get),
        web.get("/v2/account/configurations", _configurations),
        web.patch("/v2/account/configurations", _configure),
    ]


async def _get(request: web.Request) -> web.StreamResponse:
    return answer(shape(account(request), floor(request)))


async def _configurations(request: web.Request) -> web.StreamResponse:
    return answer(account(request).configuration)


async def _configure(request: web.Request) -> web.StreamResponse:
    wishes = await sent(request, Wishes)
    one = account(request)
    wanted = {name: value for name, value in msgspec.structs.asdict(wishes).items() if value is not None}
    configuration = replace(one.configuration, **wanted)
    floor(request).perform(lambda state, _, __: records.configure(state, one.name, configuration))
    return answer(configuration)


def shape(one: Account, house: Floor) -> dict[str, Json]:
    """Write an account in the key order that Alpaca uses."""
    prints = house.state.prints
    long, short = values(one, prints)
    total = equity(one, prints)
    set_up = one.configuration
    return {
        "id": one.id,
        "admin_configurations": {},
        "user_configurations": None,
        "account_number": "PA" + one.id.replace("-", "")[:10].upper(),
        "status": "ACTIVE",
        "crypto_status": "INACTIVE",
        "options_approved_level": 0,
        "options_trading_level": 0,
        "currency": "USD",
        **_powers(one, house),
        "cash": plain(one.cash),
        "accrued_fees": "0",
        "portfolio_value": plain(total),
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "created_at": stamp(one.created_at),
        "trade_suspended_by_user": set_up.suspend_trade,
        "multiplier": plain(multiplier(one, prints)),
        "shorting_enabled": not set_up.no_shorting and total >= LEAST_FOR_MARGIN,
        "equity": plain(total),
        "last_equity": plain(one.last_equity),
        "long_market_value": plain(long),
        "short_market_value": plain(short),
        "position_market_value": plain(long - short),
        "initial_margin": plain((long - short) * INITIAL),
        "maintenance_margin": plain(maintenance_margin(one, prints, house.venue.assets)),
        "last_maintenance_margin": "0",
        "sma": "0",
        "balance_asof": in_new_york(house.moment().now)[:10],
        "crypto_tier": 0,
        "intraday_adjustments": "0",
        "pending_reg_taf_fees": "0",
    }


def _powers(one: Account, house: Floor) -> dict[str, Json]:
    prints = house.state.prints
    power = plain(money(buying_power(one, prints)))
    free = plain(money(max(one.cash - reserved(one, prints), Decimal(0))))
    return {
        "buying_power": power,
        "regt_buying_power": plain(money(buying_power(one, prints, OVERNIGHT))),
        "effective_buying_power": power,
        "non_marginable_buying_power": free,
        "options_buying_power": free,
    }
