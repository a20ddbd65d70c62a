"""What Alpaca's own client makes of each fault of REST, and what the exchange remembers afterwards."""

# alpaca-py's types are partial, and its session has to be closed by hand.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportPrivateUsage=false

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

import pytest
import requests
from alpaca.common.exceptions import APIError
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.models import Order
from alpaca.trading.requests import MarketOrderRequest

if TYPE_CHECKING:
    from .conftest import Server, Start, Trader

Wait: TypeAlias = Callable[[Callable[[], object]], None]


def buy(trader: Trader, name: str = "asked") -> Order:
    request = MarketOrderRequest(
        symbol="FLAT", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, client_order_id=name
    )
    return cast("Order", trader.client.submit_order(request))


def impatient(trader: Trader) -> None:
    """Give the client what it has not by itself: a time after which it gives up."""
    request = partial(trader.client._session.request, timeout=0.5)
    trader.client._session.request = request  # pyright: ignore[reportAttributeAccessIssue] - a partial has no names


@pytest.mark.parametrize(("fault", "orders"), [("lost_request", []), ("lost_response", ["asked"])])
def test_a_connection_that_is_cut_says_nothing_about_the_order(trader: Trader, fault: str, orders: list[str]):
    trader.will_meet(fault)
    with pytest.raises(requests.ConnectionError):
        buy(trader)
    assert ([*trader.orders()], trader.met()) == (orders, [fault])


@pytest.mark.parametrize(("fault", "orders"), [("hang", []), ("hang_after", ["asked"])])
def test_a_request_that_hangs_is_held_until_the_client_gives_up(trader: Trader, fault: str, orders: list[str]):
    impatient(trader)
    trader.will_meet(fault)
    with pytest.raises(requests.Timeout):
        buy(trader)
    assert ([*trader.orders()], trader.met()) == (orders, [fault])


def test_a_hang_ends_by_itself_and_cuts_the_connection(trader: Trader):
    trader.will_meet("hang", "0.2")
    with pytest.raises(requests.ConnectionError):
        buy(trader)


@pytest.mark.parametrize(
    ("fault", "how", "status", "code"), [("rate_limit", "bare", 429, 42910000), ("error_before", "504", 504, 50410000)]
)
def test_the_client_sends_four_times_what_is_answered_with_429_or_504(
    trader: Trader, fault: str, how: str, status: int, code: int
):
    trader.will_meet(fault, how, times=4)
    with pytest.raises(APIError) as refused:
        buy(trader)
    assert (refused.value.status_code, refused.value.code) == (status, code)
    assert ([*trader.orders()], trader.met()) == ([], [fault] * 4)


def test_the_client_gets_over_a_rate_limit_that_ends(trader: Trader):
    trader.will_meet("rate_limit", times=3)
    assert buy(trader).client_order_id == "asked"
    assert ([*trader.orders()], trader.met()) == (["asked"], ["rate_limit"] * 3)


@pytest.mark.parametrize(("how", "remaining"), [("headers", "0"), ("bare", None)])
def test_a_rate_limit_comes_with_its_headers_or_without(trader: Trader, how: str, remaining: str | None):
    trader.will_meet("rate_limit", how, times=4)
    with pytest.raises(APIError) as refused:
        buy(trader)
    assert cast("requests.Response", refused.value.response).headers.get("X-RateLimit-Remaining") == remaining


def test_a_504_after_the_order_was_taken_in_ends_in_a_name_that_is_taken(trader: Trader):
    trader.will_meet("error_after", "504")
    with pytest.raises(APIError) as refused:
        buy(trader)
    assert (refused.value.status_code, refused.value.code) == (422, 40010001)
    assert ([*trader.orders()], trader.met()) == (["asked"], ["error_after"])


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize(("fault", "orders"), [("error_before", []), ("error_after", ["asked"])])
def test_other_failures_are_not_sent_again(trader: Trader, fault: str, orders: list[str], status: int):
    trader.will_meet(fault, str(status))
    with pytest.raises(APIError) as refused:
        buy(trader)
    assert (refused.value.status_code, refused.value.code) == (status, status * 100_000 + 10_000)
    assert [*trader.orders()] == orders


def test_a_page_instead_of_json_has_no_code(trader: Trader):
    trader.will_meet("error_before", "502html")
    with pytest.raises(APIError, match="<h1>502 Bad Gateway</h1>") as refused:
        buy(trader)
    with pytest.raises(JSONDecodeError):
        _ = refused.value.code


def test_a_garbled_answer_cannot_be_read_and_the_order_stands(trader: Trader):
    trader.will_meet("garbled")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        buy(trader)
    assert [*trader.orders()] == ["asked"]


def test_keys_that_are_refused_give_an_error_without_a_code(trader: Trader):
    trader.will_meet("unauthorized")
    with pytest.raises(APIError, match="unauthorized") as refused:
        trader.client.get_account()
    with pytest.raises(KeyError):
        _ = refused.value.code


def test_a_slow_answer_comes_after_the_order_is_there(trader: Trader, server: Server, wait: Wait):
    answered: list[Order] = []
    other = server.client(trader.name)
    trader.will_meet("slow", "2", method="POST")
    sender = threading.Thread(target=lambda: answered.append(buy(trader)))
    sender.start()
    wait(lambda: cast("list[object]", other.get("/orders", {"status": "all"})))
    assert answered == []
    sender.join()
    assert [one.client_order_id for one in answered] == ["asked"]
    other._session.close()


def test_a_cancel_whose_answer_is_lost_is_done(trader: Trader):
    body = {"symbol": "FLAT", "qty": 1, "side": "buy", "type": "limit", "time_in_force": "gtc", "limit_price": 1}
    order = cast("dict[str, str]", trader.client.post("/orders", body))
    trader.will_meet("lost_response", client_order_id=order["client_order_id"], method="DELETE")
    with pytest.raises(requests.ConnectionError):
        trader.client.cancel_order_by_id(order["id"])
    assert cast("Order", trader.client.get_order_by_id(order["id"])).status.value == "canceled"


def test_a_fault_meant_for_another_order_leaves_this_one_alone(trader: Trader):
    trader.will_meet("lost_request", client_order_id="other")
    buy(trader)
    with pytest.raises(requests.ConnectionError):
        buy(trader, "other")
    assert [*trader.orders()] == ["asked"]


def test_the_rates_are_replaced_shown_and_healed(start: Start):
    server = start(exchange_faults="seed=7,lost_request=1")
    keys = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
    url = f"{server.url}/exchange/faults"
    shown = [
        requests.get(url, headers=keys, timeout=5).json(),
        requests.put(url, json={"faults": "seed=8,hang=0.5,slow=1/3@2"}, headers=keys, timeout=5).json(),
        requests.delete(f"{url}/hang", headers=keys, timeout=5).json(),
        requests.delete(url, headers=keys, timeout=5).json(),
    ]
    assert [(one["on"], one["faults"]) for one in shown] == [
        (True, "seed=7,lost_request=1"),
        (True, "seed=8,hang=0.5,slow=1/3@2"),
        (True, "seed=8,slow=1/3@2"),
        (False, ""),
    ]
    wrong = requests.put(url, json={"faults": "lost=1"}, headers=keys, timeout=5)
    assert (wrong.status_code, wrong.json()["message"][:41]) == (422, "there is no fault 'lost', expected one of")
    assert [
        requests.post(f"{url}/lost", headers=keys, timeout=5).status_code,
        requests.delete(f"{url}/lost", headers=keys, timeout=5).status_code,
        requests.post(f"{url}/hang", json={"times": 0}, headers=keys, timeout=5).status_code,
        requests.post(f"{url}/hang", json={"how": "soon"}, headers=keys, timeout=5).status_code,
    ] == [422] * 4
    assert requests.get(url, timeout=5).status_code == 401


def test_the_same_seed_strikes_the_same_requests(start: Start, tmp_path: Path):
    def answers(folder: str) -> list[int]:
        server = start(exchange_faults="seed=7,error_before=0.3", exchange_state=str(tmp_path / folder))
        keys = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
        return [requests.get(f"{server.url}/v2/clock", headers=keys, timeout=5).status_code for _ in range(40)]

    assert answers("one") == answers("other")
    assert len(set(answers("third"))) > 2


def test_strikes_are_counted_for_who_watches(start: Start):
    server = start(exchange_faults="lost_request=1")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{server.url}/v2/clock", timeout=5)
    metrics = requests.get(f"{server.url}/metrics", timeout=5).text
    assert 'interlock_exchange_strikes_total{fault="lost_request"} 2' in metrics
    assert 'interlock_exchange_strikes_total{fault="hang"} 0' in metrics
