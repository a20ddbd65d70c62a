"""The shapes of the answers, and what becomes of requests that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, cast

import pytest
import requests

if TYPE_CHECKING:
    from .conftest import Server

Answer: TypeAlias = dict[str, object]
BUY = {"symbol": "FLAT", "side": "buy", "type": "market", "time_in_force": "day"}


Call = Callable[..., requests.Response]


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
        (b'{"a":' * 20_000, 400, 40010000),
        (b'{"client_order_id": "\\ud800"}', 400, 40010000),
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
        ("GET", "/v2/orders?limit=" + "1" * 5000, 422),
        ("GET", "/v2/orders?status=odd", 422),
        ("GET", "/v2/orders?after=yesterday", 422),
        ("GET", "/v2/orders/unknown", 404),
        ("DELETE", "/v2/orders/unknown", 404),
        ("GET", "/v2/orders:by_client_order_id?client_order_id=unknown", 404),
        ("DELETE", "/v2/positions/FLAT", 404),
        ("GET", "/v2/positions/NOPE", 404),
        ("GET", "/v2/orders?direction=up", 422),
        ("GET", "/v2/orders?after=2013-10-07&after_order_id=unknown", 422),
        ("GET", "/v2/orders?before_order_id=unknown&after_order_id=unknown", 422),
        ("GET", "/v2/orders?before_order_id=unknown", 404),
        ("GET", "/v2/watchlists/unknown", 404),
        ("GET", "/v2/watchlists:by_name?name=unknown", 404),
        ("POST", "/v2/watchlists", 400),
        ("GET", "/v2/assets/BTC/USD", 404),
        ("GET", "/v2/assets?status=odd", 422),
        ("GET", "/v2/assets?attributes=odd", 422),
        ("GET", "/v2/account/activities?category=odd", 422),
        ("GET", "/v2/account/activities?category=trade_activity&activity_types=FILL", 422),
        ("GET", "/v2/account/activities/FILL?date=2013-10-07&after=2013-10-07", 422),
        ("GET", "/v2/account/activities/FILL?date=monday", 422),
        ("GET", "/v2/account/activities/FILL?page_size=101", 422),
        ("GET", "/v2/account/portfolio/history?period=1Q", 422),
        ("GET", "/v2/account/portfolio/history?period=0D", 422),
        ("GET", "/v2/account/portfolio/history?timeframe=2Min", 422),
        ("GET", "/v2/account/portfolio/history?period=2M&timeframe=1Min", 422),
        ("GET", "/v2/account/portfolio/history?period=1D&start=2013-10-07&end=2013-10-08", 422),
        ("GET", "/v2/account/portfolio/history?intraday_reporting=never", 422),
        ("GET", "/v2/account/portfolio/history?start=0001-01-01&timeframe=1D", 200),
        ("GET", "/v2/account/portfolio/history?start=9999-12-31", 422),
        ("GET", "/v2/account/portfolio/history?date_end=9999-12-31", 200),
        ("GET", "/v2/account/portfolio/history?end=0001-01-01", 422),
        ("GET", "/v2/calendar?start=2013-10-08&end=2013-10-07", 422),
        ("GET", "/v2/calendar?date_type=ODD", 422),
        ("GET", "/v2/corporate_actions/announcements", 422),
        ("GET", "/v2/corporate_actions/announcements?ca_types=split&since=2013-01-01&until=2013-12-31", 422),
        ("GET", "/v2/corporate_actions/announcements?ca_types=split&since=9999-12-31&until=9999-12-31", 200),
        ("GET", "/v2/nowhere", 404),
        ("PATCH", "/v2/account", 405),
        ("GET", "/v2/stocks/bars", 400),
        ("GET", "/v2/stocks/bars?symbols=FLAT&start=never", 400),
        ("GET", "/v2/stocks/bars?symbols=FLAT&limit=" + "1" * 5000, 400),
        ("GET", "/v2/stocks/bars?symbols=FLAT&page_token=FLAT|" + "1" * 5000, 400),
        ("GET", "/v2/stocks/bars?symbols=FLAT&start=0001-01-01T00:00:00%2B14:00", 200),
        ("GET", "/v2/stocks/bars?symbols=FLAT&start=9999-12-31", 200),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_in_json(call: Call, method: str, path: str, status: int):
    answer = call(method, path)
    assert answer.status_code == status
    assert isinstance(answer.json(), dict | list)


@pytest.mark.parametrize("name", ["\udcff", "\0", "n" * 65])
def test_what_is_no_name_opens_no_account(server: Server, name: str):
    keys = {"Authorization": b"Bearer " + name.encode(errors="surrogateescape")}
    request = requests.Request("GET", server.url + "/v2/account", headers=keys).prepare()
    with requests.Session() as session:
        assert session.send(request, timeout=5).status_code in {400, 401}


@pytest.mark.parametrize("query", ["qty=NaN", "qty=x", "percentage=101", "qty=1&percentage=5", "qty=-1"])
def test_a_share_of_a_position_that_makes_no_sense_is_refused(call: Call, query: str):
    call("POST", "/v2/orders", json={**BUY, "qty": "2"})
    assert call("DELETE", f"/v2/positions/FLAT?{query}").status_code == 422
    assert call("GET", "/v2/positions/FLAT").json()["qty"] == "2"


def test_the_process_tells_how_it_is(server: Server):
    answers = [requests.get(server.url + path, timeout=5) for path in ("/healthz", "/readyz", "/metrics")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "interlock_exchange_market_time_seconds" in answers[2].text
