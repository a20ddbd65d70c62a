"""Accounts, positions and assets in Alpaca's shapes."""

from collections.abc import Mapping
from decimal import Decimal

from exchange.accounts import (
    Account,
    Position,
    available,
    buying_power,
    market_value,
    money,
    reserved,
)
from exchange.fills import Print
from exchange.numbers import plain
from exchange.state import State
from paper_exchange.times import in_new_york, stamp
from paper_exchange.wire import Json, asset_id

NAMES = {
    "SPY": ("SPDR S&P 500 ETF Trust", "ARCA", "B"),
    "IBM": ("International Business Machines Corporation", "NYSE", "A"),
    "BAC": ("Bank of America Corporation", "NYSE", "A"),
}
MAINTENANCE = Decimal("0.3")
INITIAL = Decimal("0.5")


def listing(symbol: str) -> tuple[str, str, str]:
    """Tell name, exchange and tape of a symbol."""
    return NAMES.get(symbol, (symbol, "NASDAQ", "C"))


def account(one: Account, state: State, now: int) -> dict[str, Json]:
    prints = state.prints
    value = market_value(one, prints)
    total = one.cash + value
    power = plain(money(buying_power(one, prints)))
    overnight = plain(money(buying_power(one, prints, Decimal(2))))
    free = plain(money(max(one.cash - reserved(one, prints), Decimal(0))))
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
        "buying_power": power,
        "regt_buying_power": overnight,
        "effective_buying_power": power,
        "non_marginable_buying_power": free,
        "options_buying_power": free,
        "cash": plain(one.cash),
        "accrued_fees": "0",
        "portfolio_value": plain(total),
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "created_at": stamp(one.created_at),
        "trade_suspended_by_user": False,
        "multiplier": "4",
        "shorting_enabled": False,
        "equity": plain(total),
        "last_equity": plain(one.last_equity),
        "long_market_value": plain(value),
        "short_market_value": "0",
        "position_market_value": plain(value),
        "initial_margin": plain(value * INITIAL),
        "maintenance_margin": plain(value * MAINTENANCE),
        "last_maintenance_margin": "0",
        "sma": "0",
        "balance_asof": in_new_york(now)[:10],
        "crypto_tier": 0,
        "intraday_adjustments": "0",
        "pending_reg_taf_fees": "0",
    }


def position(one: Account, held: Position, prints: Mapping[str, Print], closing_price: Decimal) -> dict[str, Json]:
    price = prints[held.symbol].price if held.symbol in prints else closing_price
    value = held.qty * price
    cost = held.qty * held.avg_entry_price
    return {
        "asset_id": asset_id(held.symbol),
        "symbol": held.symbol,
        "exchange": listing(held.symbol)[1],
        "asset_class": "us_equity",
        "asset_marginable": True,
        "qty": plain(held.qty),
        "qty_available": plain(available(one, held.symbol)),
        "avg_entry_price": plain(held.avg_entry_price),
        "side": "long",
        "market_value": _six(value),
        "cost_basis": _six(cost),
        "unrealized_pl": _six(value - cost),
        "unrealized_plpc": _ratio(value - cost, cost),
        "unrealized_intraday_pl": _six(value - held.day_cost),
        "unrealized_intraday_plpc": _ratio(value - held.day_cost, held.day_cost),
        "current_price": plain(price),
        "lastday_price": plain(closing_price),
        "change_today": _ratio(price - closing_price, closing_price),
    }


def asset(symbol: str) -> dict[str, Json]:
    name, venue, _ = listing(symbol)
    return {
        "id": asset_id(symbol),
        "class": "us_equity",
        "exchange": venue,
        "symbol": symbol,
        "name": name,
        "status": "active",
        "tradable": True,
        "marginable": True,
        "maintenance_margin_requirement": 30,
        "margin_requirement_long": "30",
        "margin_requirement_short": "100",
        "shortable": False,
        "easy_to_borrow": False,
        "borrow_status": "hard_to_borrow",
        "fractionable": True,
        "attributes": [],
    }


def _six(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.000001")))


def _ratio(part: Decimal, whole: Decimal) -> str:
    return plain((part / whole).quantize(Decimal("0.00001"))) if whole else "0"
