"""A split on real processes: bought, announced, a night, and in the morning twice the shares are protected."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from contracts.days import NEW_YORK
from tests.integration.conftest import Stack, until

pytestmark = pytest.mark.timeout(420)

D = Decimal
Json = dict[str, Any]
DAYS = tuple(date(2013, 10, 7) + timedelta(days=n) for n in range(5))
HOURS = ((9, 30, 12), (15, 54, 6))
"""When minutes were recorded: from when on, and how many. What lies between is leapt over."""


def recorded() -> str:
    """Give minutes of a price that hardly moves: what sells at a tenth off is no price of this market."""
    rows = ["timestamp,symbol,open,high,low,close,volume"]
    for day in DAYS:
        for hour, minute, count in HOURS:
            begins = datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)
            rows += [f"{(begins + timedelta(minutes=n)).isoformat()},SPY,100,100.1,99.9,100,5000" for n in range(count)]
    return "\n".join(rows) + "\n"


def at_exchange(stack: Stack, method: str, path: str, body: Json | None = None) -> bytes:
    keys = {"APCA-API-KEY-ID": "paper", "APCA-API-SECRET-KEY": "paper"}
    done = httpx.request(method, stack.exchange_url + path, json=body, headers=keys, timeout=10, trust_env=False)
    assert done.is_success, done.text
    return done.content


def clock(stack: Stack) -> Json:
    return msgspec.json.decode(at_exchange(stack, "GET", "/v2/clock"))


def may_buy(stack: Stack) -> bool:
    blocked: list[Json] = stack.ask("GET", "/risk/preview?symbol=SPY&qty=10").json()["blocked_by"]
    return blocked == []


def protected(stack: Stack, qty: int) -> Json:
    """Give the position if it is that of so many shares, each protected; else nothing."""
    found: list[Json] = stack.ask("GET", "/positions").json()["positions"]
    return next((one for one in found if one["is_covered"] and D(one["qty"]) == qty), dict[str, Any]())


def next_day(stack: Stack) -> str:
    """Name the trading day after the session that is on or comes next."""
    today = str(clock(stack)["next_close"])[:10]
    path = f"/v2/calendar?start={today}&end={date.fromisoformat(today) + timedelta(days=7)}"
    days: list[Json] = msgspec.json.decode(at_exchange(stack, "GET", path))
    return next(str(one["date"]) for one in days if str(one["date"]) > today)


def test_over_night_a_position_becomes_twice_the_shares_at_half_the_prices_and_nothing_is_sold(stack: Stack):
    (stack.folder / "bars.csv").write_text(recorded())
    (stack.folder / ".env").write_text("SYMBOLS=SPY\nMAX_POSITION_PCT=1\nEXCHANGE_BARS=bars.csv\nEXCHANGE_SPEED=30\n")
    stack.start()
    stack.wait_ready()
    until("nothing is in the way of an entry", lambda: may_buy(stack), 120)
    stack.ask("POST", "/manual-trade", {"symbol": "SPY", "side": "buy", "qty": "10"})
    before = until("it is protected", lambda: protected(stack, 10), 90)
    (stop,) = before["protection"]["stop_prices"]

    split = {"symbol": "SPY", "old_rate": 1, "new_rate": 2, "ex_date": next_day(stack)}
    at_exchange(stack, "POST", "/exchange/splits", split)
    after = until("it is protected anew", lambda: protected(stack, 20), 200)
    assert not clock(stack)["is_open"], "it is protected before the open"
    (again,) = after["protection"]["stop_prices"]
    assert abs(D(again) - D(stop) / 2) <= D("0.01")
    assert abs(D(after["avg_entry_price"]) - D(before["avg_entry_price"]) / 2) <= D("0.001")

    until("its session is open", lambda: stack.ask("GET", "/status").json()["session"] == "open", 90)
    until("a price of after it is known", lambda: 0 < D(protected(stack, 20).get("current_price", 0)) < D(60), 60)
    orders: list[Json] = msgspec.json.decode(at_exchange(stack, "GET", "/v2/orders?status=all&nested=false"))
    assert [one for one in orders if one["side"] == "sell" and D(one["filled_qty"])] == []
    assert stack.ask("GET", "/status").json()["drifts"] == []
