"""How often an account may call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import requests

from paper_exchange.rates import Rates

if TYPE_CHECKING:
    from .conftest import Start

KEYS = {"APCA-API-KEY-ID": "mine", "APCA-API-SECRET-KEY": "mine"}


def left(rates: Rates, account: str = "mine", *, is_data: bool = False) -> int:
    allowance = rates.call(account, is_data=is_data)
    assert allowance is not None
    return allowance.remaining


def test_calls_are_counted_by_account_and_apart_for_data():
    rates = Rates(3, lambda: 59.9)
    assert [left(rates), left(rates), left(rates), left(rates)] == [2, 1, 0, -1]
    assert [left(rates, "other"), left(rates, is_data=True)] == [2, 9_999]


def test_the_next_minute_begins_anew():
    now = [119.0]
    rates = Rates(1, lambda: now[0])
    assert [left(rates), left(rates)] == [0, -1]
    now[0] = 120.0
    allowance = rates.call("mine", is_data=False)
    assert allowance is not None
    expected = {"X-RateLimit-Limit": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "180"}
    assert allowance.headers == expected


def test_a_limit_of_none_counts_nothing():
    assert Rates(0, time.time).call("mine", is_data=False) is None


def test_every_answer_tells_what_is_left_and_the_one_too_many_is_refused(start: Start):
    url = start(exchange_requests_per_minute=2).url

    def call() -> requests.Response:
        return requests.get(f"{url}/v2/orders/unknown", headers=KEYS, timeout=5)

    # A minute may end in between, so that two more are let through.
    answers = [call() for _ in range(5)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json() == {"code": 42910000, "message": "rate limit exceeded"}
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"2"}
    assert {answer.headers["X-RateLimit-Remaining"] for answer in refused} == {"0"}
    assert [answer.status_code for answer in answers if answer not in refused] == [404] * (5 - len(refused))
    assert requests.get(f"{url}/v2/stocks/trades/latest?symbols=FLAT", headers=KEYS, timeout=5).status_code == 200
    assert requests.get(f"{url}/readyz", headers=KEYS, timeout=5).status_code == 200
