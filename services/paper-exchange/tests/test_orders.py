"""Orders as they are listed, replaced and canceled by plain HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
import requests

Call = Callable[..., requests.Response]
Answer = dict[str, object]


def limit(call: Call, price: str = "40", **more: object) -> Answer:
    body = {"symbol": "FLAT", "side": "buy", "type": "limit", "time_in_force": "day", "qty": "2", "limit_price": price}
    answer = call("POST", "/v2/orders", json={**body, **more})
    assert answer.status_code == 200, answer.text
    return cast("Answer", answer.json())


def bracket(call: Call) -> Answer:
    exits = {"take_profit": {"limit_price": "60"}, "stop_loss": {"stop_price": "30"}}
    return limit(call, "40", order_class="bracket", **exits)


def shown(call: Call, order: Answer, query: str = "") -> Answer:
    return cast("Answer", call("GET", f"/v2/orders/{order['id']}{query}").json())


def some(one: Answer, *names: str) -> Answer:
    return {name: one[name] for name in names}


def prices(call: Call, query: str) -> list[object]:
    return [one["limit_price"] for one in call("GET", f"/v2/orders?{query}").json()]


def test_a_replacement_is_a_new_order_that_names_the_old_one(call: Call):
    old = limit(call)
    new = call("PATCH", f"/v2/orders/{old['id']}", json={"qty": "3", "limit_price": 41.5}).json()
    assert some(new, "replaces", "replaced_by", "qty", "limit_price") == {
        "replaces": old["id"],
        "replaced_by": None,
        "qty": "3",
        "limit_price": "41.5",
    }
    before, after = shown(call, old), shown(call, new)
    assert some(before, "status", "replaced_by") == {"status": "replaced", "replaced_by": new["id"]}
    assert before["replaced_at"] is not None
    assert after["status"] == "new"
    assert [one["id"] for one in call("GET", "/v2/orders").json()] == [new["id"]]


def test_a_replacement_may_have_a_name_of_its_own(call: Call):
    old = limit(call, client_order_id="first")
    call("PATCH", f"/v2/orders/{old['id']}", json={"limit_price": "41", "client_order_id": "second"})
    path = "/v2/orders:by_client_order_id?client_order_id="
    assert [call("GET", path + name).json()["status"] for name in ("first", "second")] == ["replaced", "new"]
    assert call("GET", path + str(old["id"])).status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "order parameters are not changed"),
        ({"qty": None, "limit_price": None}, "order parameters are not changed"),
    ],
)
def test_a_replacement_that_changes_nothing_is_refused(call: Call, body: Answer, message: str):
    answer = call("PATCH", f"/v2/orders/{limit(call)['id']}", json=body)
    assert (answer.status_code, answer.json()) == (422, {"code": 42210000, "message": message})


def test_an_order_that_has_ended_is_not_replaced(call: Call):
    old = limit(call)
    call("DELETE", f"/v2/orders/{old['id']}")
    answer = call("PATCH", f"/v2/orders/{old['id']}", json={"limit_price": "41"})
    assert (answer.status_code, answer.json()["code"]) == (422, 42210000)
    assert call("PATCH", "/v2/orders/unknown", json={"limit_price": "41"}).status_code == 404


def test_the_legs_of_a_group_are_shown_within_it_or_beside_it(call: Call):
    parent = bracket(call)
    legs = [leg["id"] for leg in cast("list[Answer]", parent["legs"])]
    nested = call("GET", "/v2/orders?status=all&nested=true").json()
    assert [(one["id"], [leg["id"] for leg in one["legs"]]) for one in nested] == [(parent["id"], legs)]
    flat = call("GET", "/v2/orders?status=all").json()
    assert {one["id"] for one in flat} == {parent["id"], *legs}
    assert {str(one["legs"]) for one in flat} == {"None"}
    assert shown(call, parent)["legs"] is None
    assert len(cast("list[Answer]", shown(call, parent, "?nested=True")["legs"])) == 2


def test_orders_are_paged_by_the_ids_of_others(call: Call):
    ids = [limit(call, price)["id"] for price in ("40", "41", "42", "43")]
    pages = [
        f"after_order_id={ids[1]}",
        f"after_order_id={ids[1]}&direction=asc&limit=1",
        f"before_order_id={ids[2]}",
        f"before_order_id={ids[0]}",
        "limit=2",
    ]
    assert [prices(call, page) for page in pages] == [["43", "42"], ["42"], ["41", "40"], [], ["43", "42"]]


def test_orders_are_picked_by_what_they_are(call: Call):
    limit(call)
    queries = ["asset_class=us_equity", "asset_class=crypto", "side=sell", "symbols=FLAT,WAVE", "symbols=WAVE"]
    assert [prices(call, query) for query in queries] == [["40"], [], [], ["40"], []]


def test_pages_of_a_group_leave_none_of_its_members_out(call: Call):
    bracket(call)
    bracket(call)
    everything = [one["id"] for one in call("GET", "/v2/orders?status=all").json()]
    seen: list[str] = []
    edge = ""
    while page := call("GET", f"/v2/orders?status=all&limit=1{edge}").json():
        seen.append(page[0]["id"])
        edge = f"&before_order_id={seen[-1]}"
    assert (len(seen), seen) == (6, everything)


def test_canceling_all_tells_of_each(call: Call):
    ids = {limit(call, price)["id"] for price in ("40", "41")}
    answer = call("DELETE", "/v2/orders")
    assert answer.status_code == 207
    assert {(one["id"], one["status"]) for one in answer.json()} == {(order_id, 200) for order_id in ids}
    assert call("DELETE", "/v2/orders").json() == []
