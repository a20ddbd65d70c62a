"""The shapes of the answers, and what becomes of requests that make no sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias, cast
from uuid import uuid4

import pytest
import requests

if TYPE_CHECKING:
    from .conftest import Server

Answer: TypeAlias = dict[str, object]
BUY = {"symbol": "FLAT", "side": "buy", "type": "market", "time_in_force": "day"}


def keys(text: str) -> list[str]:
    return text.split()


ORDER_KEYS = keys(
    """id client_order_id created_at updated_at submitted_at filled_at expired_at canceled_at failed_at replaced_at
    replaced_by replaces asset_id symbol asset_class notional qty filled_qty filled_avg_price order_class order_type
    type side position_intent time_in_force limit_price stop_price status extended_hours legs trail_percent
    trail_price hwm subtag source expires_at"""
)
POSITION_KEYS = keys(
    """asset_id symbol exchange asset_class asset_marginable qty qty_available avg_entry_price side market_value
    cost_basis unrealized_pl unrealized_plpc unrealized_intraday_pl unrealized_intraday_plpc current_price
    lastday_price change_today"""
)
ACCOUNT_KEYS = keys(
    """id admin_configurations user_configurations account_number status crypto_status options_approved_level
    options_trading_level currency buying_power regt_buying_power effective_buying_power
    non_marginable_buying_power options_buying_power cash accrued_fees portfolio_value trading_blocked
    transfers_blocked account_blocked created_at trade_suspended_by_user multiplier shorting_enabled equity
    last_equity long_market_value short_market_value position_market_value initial_margin maintenance_margin
    last_maintenance_margin sma balance_asof crypto_tier intraday_adjustments pending_reg_taf_fees"""
)
ASSET_KEYS = keys(
    """id class exchange symbol name status tradable marginable maintenance_margin_requirement
    margin_requirement_long margin_requirement_short shortable easy_to_borrow borrow_status fractionable
    attributes"""
)
FILL_KEYS = keys(
    "activity_type id transaction_time type price qty side symbol leaves_qty order_id cum_qty order_status"
)

Call = Callable[..., requests.Response]


@pytest.fixture
def call(server: Server) -> Iterator[Call]:
    """Call the exchange by plain HTTP, with the keys of the test's own account."""
    name = uuid4().hex
    with requests.Session() as session:
        session.headers.update({"APCA-API-KEY-ID": name, "APCA-API-SECRET-KEY": name})

        def called(method: str, path: str, **more: object) -> requests.Response:
            return session.request(method, server.url + path, timeout=5, **more)  # pyright: ignore[reportArgumentType] - requests' own keywords

        yield called


def test_the_answers_have_the_recorded_keys_in_the_recorded_order(call: Call):
    order = cast("Answer", call("POST", "/v2/orders", json={**BUY, "qty": "2"}).json())
    assert list(order) == ORDER_KEYS
    answers = {
        "/v2/account": ACCOUNT_KEYS,
        "/v2/positions/FLAT": POSITION_KEYS,
        "/v2/assets/FLAT": ASSET_KEYS,
        "/v2/clock": ["timestamp", "is_open", "next_open", "next_close"],
        f"/v2/orders/{order['id']}": ORDER_KEYS,
    }
    assert {path: list(call("GET", path).json()) for path in answers} == answers
    assert list(call("GET", "/v2/account/activities/FILL").json()[0]) == FILL_KEYS
    assert list(call("GET", "/v2/calendar?start=2013-10-07&end=2013-10-07").json()[0]) == [
        "date",
        "open",
        "close",
        "session_open",
        "session_close",
        "settlement_date",
    ]


def test_amounts_are_strings_and_a_simple_order_has_an_empty_class(call: Call):
    order = cast("Answer", call("POST", "/v2/orders", json={**BUY, "qty": 2.0}).json())
    shown = {name: order[name] for name in ("qty", "filled_qty", "notional", "order_class", "type", "order_type")}
    assert shown == {
        "qty": "2",
        "filled_qty": "0",
        "notional": None,
        "order_class": "",
        "type": "market",
        "order_type": "market",
    }
    assert str(order["expires_at"]) == "2013-10-07T20:00:00Z"
    position = cast("Answer", call("GET", "/v2/positions/FLAT").json())
    assert (position["market_value"], position["cost_basis"], position["asset_marginable"]) == ("100", "100", True)


def test_a_member_that_is_null_or_empty_is_one_that_was_not_sent(call: Call):
    body = {**BUY, "qty": "1", "notional": None, "order_class": "", "limit_price": None, "take_profit": None}
    assert call("POST", "/v2/orders", json=body).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, 40010000),
        (b"{", 400, 40010000),
        (b'{"qty": NaN}', 400, 40010000),
        (b"\xff\xfe", 400, 40010000),
        (b"[]", 422, 40010001),
        (b"{}", 422, 40010001),
        (b'{"symbol": 5}', 422, 40010001),
        (b'{"symbol":"FLAT","side":"buy","type":"market","time_in_force":"day","qty":"NaN"}', 422, 40010001),
        (b'{"symbol":"FLAT","side":"buy","type":"market","time_in_force":"day","qty":"many"}', 422, 40010001),
        (b'{"symbol":"FLAT","side":"buy","type":"market","time_in_force":"day","qty":true}', 422, 40010001),
        (b'{"symbol":"FLAT","side":"buy","type":"market","time_in_force":"day","qty":1e99999}', 422, 40010001),
        (b'{"symbol":"NOPE","side":"buy","type":"market","time_in_force":"day","qty":1}', 422, 42210000),
    ],
)
def test_an_order_that_makes_no_sense_gets_a_code_and_harms_nothing(call: Call, body: bytes, status: int, code: int):
    answer = call("POST", "/v2/orders", data=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert call("GET", "/v2/orders?status=all").json() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/orders?limit=0", 422),
        ("GET", "/v2/orders?limit=501", 422),
        ("GET", "/v2/orders?status=odd", 422),
        ("GET", "/v2/orders?after=yesterday", 422),
        ("GET", "/v2/orders/unknown", 404),
        ("DELETE", "/v2/orders/unknown", 404),
        ("GET", "/v2/orders:by_client_order_id?client_order_id=unknown", 404),
        ("DELETE", "/v2/positions/FLAT", 404),
        ("GET", "/v2/positions/NOPE", 404),
        ("GET", "/v2/watchlists", 404),
        ("PATCH", "/v2/account", 405),
        ("GET", "/v2/stocks/bars", 400),
        ("GET", "/v2/stocks/bars?symbols=FLAT&start=never", 400),
        ("GET", "/v2/stocks/bars?symbols=FLAT&start=0001-01-01T00:00:00%2B14:00", 200),
        ("GET", "/v2/stocks/bars?symbols=FLAT&start=9999-12-31", 200),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_json(call: Call, method: str, path: str, status: int):
    answer = call(method, path)
    assert answer.status_code == status
    assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("query", ["qty=NaN", "qty=x", "percentage=101", "qty=1&percentage=5", "qty=-1"])
def test_a_share_of_a_position_that_makes_no_sense_is_refused(call: Call, query: str):
    call("POST", "/v2/orders", json={**BUY, "qty": "2"})
    assert call("DELETE", f"/v2/positions/FLAT?{query}").status_code == 422
    assert call("GET", "/v2/positions/FLAT").json()["qty"] == "2"


def test_the_process_tells_how_it_is(server: Server):
    answers = [requests.get(server.url + path, timeout=5) for path in ("/healthz", "/readyz", "/metrics")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "interlock_exchange_market_time_seconds" in answers[2].text
