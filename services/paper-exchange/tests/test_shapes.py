"""The recorded shapes of the answers: their keys, in their order, and the JSON type of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
import requests

Call = Callable[..., requests.Response]

KINDS = {
    "text": (str,),
    "text?": (str, type(None)),
    "number": (int, float),
    "number?": (int, float, type(None)),
    "count": (int,),
    "flag": (bool,),
    "list": (list,),
    "list?": (list, type(None)),
    "object": (dict,),
    "null": (type(None),),
}

ORDER = """
    text id client_order_id created_at updated_at submitted_at
    text? filled_at expired_at canceled_at failed_at replaced_at replaced_by replaces
    text asset_id symbol asset_class
    text? notional qty
    text filled_qty
    text? filled_avg_price
    text order_class order_type type side position_intent time_in_force
    text? limit_price stop_price
    text status
    flag extended_hours
    list? legs
    text? trail_percent trail_price hwm
    null subtag source
    text expires_at
"""
ACCOUNT = """
    text id
    object admin_configurations
    null user_configurations
    text account_number status crypto_status
    count options_approved_level options_trading_level
    text currency buying_power regt_buying_power effective_buying_power non_marginable_buying_power
    text options_buying_power cash accrued_fees portfolio_value
    flag trading_blocked transfers_blocked account_blocked
    text created_at
    flag trade_suspended_by_user
    text multiplier
    flag shorting_enabled
    text equity last_equity long_market_value short_market_value position_market_value initial_margin
    text maintenance_margin last_maintenance_margin sma balance_asof
    count crypto_tier
    text intraday_adjustments pending_reg_taf_fees
"""
POSITION = """
    text asset_id symbol exchange asset_class
    flag asset_marginable
    text qty qty_available avg_entry_price side market_value cost_basis unrealized_pl unrealized_plpc
    text unrealized_intraday_pl unrealized_intraday_plpc current_price lastday_price change_today
"""
ASSET = """
    text id class exchange symbol name status
    flag tradable marginable
    number maintenance_margin_requirement
    text margin_requirement_long margin_requirement_short
    flag shortable easy_to_borrow
    text borrow_status
    flag fractionable
    list attributes
"""
CLOCK = """
    text timestamp
    flag is_open
    text next_open next_close
"""
DAY = "text date open close session_open session_close settlement_date"
FILL = "text activity_type id transaction_time type price qty side symbol leaves_qty order_id cum_qty order_status"
DEPOSIT = "text activity_type id date created_at net_amount description status currency"
HISTORY = """
    list timestamp equity profit_loss profit_loss_pct
    number base_value
    text timeframe
    object cashflow
"""
CONFIGURATION = """
    flag fractional_trading
    text max_margin_multiplier
    number? max_options_trading_level
    flag no_shorting ptp_no_exception_entry suspend_trade
    text trade_confirm_email
    flag disable_overnight_trading
"""
WATCHLIST = """
    text id account_id created_at updated_at name
    list assets
"""


def members(shape: str) -> list[tuple[str, str]]:
    """The members of a shape, each with its kind: a line begins with the kind of those that follow."""
    lines = [line.split() for line in shape.strip().splitlines()]
    return [(name, kind) for kind, *names in lines for name in names]


def check(answer: object, shape: str) -> None:
    shown = cast("dict[str, object]", answer)
    assert list(shown) == [name for name, _ in members(shape)]
    wrong = {name: shown[name] for name, kind in members(shape) if type(shown[name]) not in KINDS[kind]}
    assert wrong == {}


@pytest.fixture
def order(call: Call) -> dict[str, object]:
    """A market order for two shares, which is filled at once."""
    body = {"symbol": "FLAT", "side": "buy", "type": "market", "time_in_force": "day", "qty": "2"}
    return call("POST", "/v2/orders", json=body).json()


def test_an_order_looks_alike_wherever_it_is_shown(call: Call, order: dict[str, object]):
    name = order["client_order_id"]
    shown = [
        order,
        call("GET", f"/v2/orders/{order['id']}").json(),
        call("GET", f"/v2/orders:by_client_order_id?client_order_id={name}").json(),
        call("GET", "/v2/orders?status=all").json()[0],
        call("DELETE", "/v2/positions/FLAT?qty=1").json(),
        call("DELETE", "/v2/positions").json()[0]["body"],
    ]
    for one in shown:
        check(one, ORDER)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v2/account", ACCOUNT),
        ("/v2/positions/FLAT", POSITION),
        ("/v2/assets/FLAT", ASSET),
        ("/v2/clock", CLOCK),
        ("/v2/account/portfolio/history", HISTORY),
        ("/v2/account/configurations", CONFIGURATION),
    ],
)
@pytest.mark.usefixtures("order")
def test_an_answer_has_its_recorded_shape(call: Call, path: str, shape: str):
    check(call("GET", path).json(), shape)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v2/positions", POSITION),
        ("/v2/assets", ASSET),
        ("/v2/calendar?start=2013-10-07&end=2013-10-07", DAY),
        ("/v2/account/activities", FILL),
        ("/v2/account/activities/FILL", FILL),
        ("/v2/account/activities?activity_types=JNLC", DEPOSIT),
    ],
)
@pytest.mark.usefixtures("order")
def test_each_member_of_a_list_has_its_recorded_shape(call: Call, path: str, shape: str):
    check(call("GET", path).json()[0], shape)


def test_a_watchlist_shows_its_assets_alone_and_not_in_the_list(call: Call):
    made = call("POST", "/v2/watchlists", json={"name": "mine", "symbols": ["FLAT"]}).json()
    check(made, WATCHLIST)
    check(made["assets"][0], ASSET)
    shown = call("GET", "/v2/watchlists").json()[0]
    assert shown == {name: value for name, value in made.items() if name != "assets"}


def test_the_elements_of_a_portfolio_history_are_numbers(call: Call):
    shown = cast("dict[str, list[object]]", call("GET", "/v2/account/portfolio/history?period=1D").json())
    arrays = ("timestamp", "equity", "profit_loss", "profit_loss_pct")
    kinds = {name: {type(value) for value in shown[name]} for name in arrays}
    assert kinds == {"timestamp": {int}, "equity": {float}, "profit_loss": {float}, "profit_loss_pct": {float}}
