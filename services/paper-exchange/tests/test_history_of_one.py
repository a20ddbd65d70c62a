"""Market data of one symbol, by a path of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

import pytest
import requests

Answer = dict[str, object]
Call = Callable[..., requests.Response]
Wait = Callable[[Callable[[], object]], None]


@pytest.mark.parametrize("name", ["bar", "trade", "quote"])
def test_of_one_symbol_the_same_is_told_without_its_name_before_each(call: Call, wait: Wait, name: str):
    edge = "start=2013-10-07T13:30:00Z&end=2013-10-07T13:30:59Z"
    wait(lambda: call("GET", f"/v2/stocks/bars?symbols=WAVE&{edge}").json()["bars"])
    many = call("GET", f"/v2/stocks/{name}s?symbols=WAVE&limit=1&{edge}").json()
    expected = {f"{name}s": many[f"{name}s"]["WAVE"], "symbol": "WAVE", "next_page_token": many["next_page_token"]}
    assert call("GET", f"/v2/stocks/WAVE/{name}s?limit=1&{edge}").json() == expected
    assert set(call("GET", f"/v2/stocks/WAVE/{name}s/latest").json()) == {"symbol", name}
    unknown = call("GET", f"/v2/stocks/NOPE/{name}s/latest")
    assert (unknown.status_code, unknown.json()) == (404, {"code": 40410000, "message": "symbol not found: NOPE"})


def test_the_past_holds_nothing_of_a_halt(call: Call, wait: Wait):
    def times(name: str) -> list[datetime]:
        listed = call("GET", f"/v2/stocks/WAVE/{name}?start=2013-10-07&limit=10000").json()[name]
        return [datetime.fromisoformat(one["t"]) for one in listed]

    def gaps() -> list[tuple[datetime, datetime]]:
        return [pair for pair in pairwise(times("trades")) if pair[1] - pair[0] > timedelta(seconds=75)]

    assert call("POST", "/exchange/faults/halt", json={"symbol": "WAVE", "how": "90"}).status_code == 200
    wait(gaps)
    ((last, first),) = gaps()
    assert first - last == timedelta(seconds=15 + 90)
    ends = [start + timedelta(minutes=1) for start in times("bars")]
    assert [end for end in ends if last < end < first] == []


def test_the_snapshot_of_one_symbol_says_which(call: Call):
    snapshot = cast("Answer", call("GET", "/v2/stocks/FLAT/snapshot").json())
    assert {"symbol", "latestTrade", "latestQuote", "minuteBar", "dailyBar", "prevDailyBar"} == set(snapshot)
    assert call("GET", "/v2/stocks/FLAT/bars?limit=0").status_code == 400
