"""The account, its configuration and its activities."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import requests

Call = Callable[..., requests.Response]
Answer = dict[str, object]

WISHES = "/v2/account/configurations"


def buy(call: Call, qty: int) -> str:
    body = {"symbol": "FLAT", "side": "buy", "type": "market", "time_in_force": "day", "qty": qty}
    return call("POST", "/v2/orders", json=body).json()["id"]


def activities(call: Call, path: str) -> list[Answer]:
    return cast("list[Answer]", call("GET", f"/v2/account/activities{path}").json())


def ids(call: Call, path: str) -> list[object]:
    return [one["id"] for one in activities(call, path)]


def test_a_configuration_keeps_what_is_null_or_left_out(call: Call):
    before = call("GET", WISHES).json()
    wishes = {"no_shorting": True, "trade_confirm_email": "none", "suspend_trade": None, "dtbp_check": "exit"}
    answer = call("PATCH", WISHES, json=wishes).json()
    assert answer == {**before, "no_shorting": True, "trade_confirm_email": "none"}
    assert call("GET", WISHES).json() == answer
    assert call("GET", "/v2/account").json()["shorting_enabled"] is False


def test_a_configuration_that_makes_no_sense_changes_nothing(call: Call):
    before = call("GET", WISHES).json()
    wrong: Answer = {"max_margin_multiplier": "3", "no_shorting": "yes", "max_options_trading_level": 4}
    for name, value in wrong.items():
        answer = call("PATCH", WISHES, json={"suspend_trade": True, name: value})
        assert (answer.status_code, answer.json()["code"]) == (422, 40010001)
    assert call("GET", WISHES).json() == before


def test_a_margin_multiplier_of_one_leaves_the_cash_to_spend(call: Call):
    call("PATCH", WISHES, json={"max_margin_multiplier": "1"})
    account = call("GET", "/v2/account").json()
    shown = {name: account[name] for name in ("multiplier", "buying_power", "regt_buying_power", "cash")}
    assert shown == {"multiplier": "1", "buying_power": "100000", "regt_buying_power": "100000", "cash": "100000"}


def test_an_account_begins_with_a_deposit(call: Call):
    buy(call, 3)
    kinds = [one["activity_type"] for one in activities(call, "")]
    assert kinds == ["FILL", "JNLC"]
    [deposit] = activities(call, "?activity_types=JNLC")
    assert deposit["net_amount"] == "100000"
    assert str(deposit["id"]).startswith("20131007000000000::")


def test_activities_are_picked_by_kind_category_and_day(call: Call):
    buy(call, 3)
    everything = ids(call, "")
    fill, deposit = everything
    expected = {
        "/FILL": [fill],
        "/JNLC": [deposit],
        "/DIV": [],
        "?activity_types=DIV,FILL": [fill],
        "?category=trade_activity": [fill],
        "?category=non_trade_activity": [deposit],
        "?date=2013-10-07": everything,
        "?date=2013-10-08": [],
        "?date=9999-12-31": [],
        "?after=2013-10-06": everything,
        "?until=2013-10-07T13:00:00Z": [],
        "?direction=asc": [deposit, fill],
    }
    assert {query: ids(call, query) for query in expected} == expected


def test_activities_come_page_by_page(call: Call):
    for qty in (1, 2, 3):
        buy(call, qty)
    everything = ids(call, "")
    pages = [ids(call, "?page_size=3"), ids(call, f"?page_size=3&page_token={everything[2]}")]
    assert pages == [everything[:3], everything[3:]]
    assert ids(call, f"?page_token={everything[-1]}") == []
