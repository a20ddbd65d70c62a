"""Whatever somebody sends is done as it was meant, or refused in words: no door breaks, and none reads more into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.market import Tick

NOW = datetime(2026, 10, 12, 14, tzinfo=UTC)
DOORS = (
    ("POST", "/halt"), ("POST", "/locks"), ("POST", "/resume"), ("POST", "/set-mode"), ("POST", "/signals"),
    ("POST", "/manual-trade"), ("POST", "/auto-trade"), ("POST", "/trade/dryrun"), ("POST", "/signals/preview"),
    ("POST", "/risk/activate"), ("POST", "/risk/deactivate"), ("PATCH", "/config/limits"), ("DELETE", "/locks/x"),
    ("POST", "/orders/x/resolve"),
)  # fmt: skip
BODIES = (
    "", "null", "1", '"x"', "[]", "[1]", "{", "[" * 60_000, '{"a":' * 10_000, '{"\\ud800":1}', '{"why":"\\ud800"}',
    '{"why":"\\u0000"}', '{"why":1}', '{"until":"9999-12-31T23:59:59-12:00"}', '{"until":"0001-01-01T00:00:00+12:00"}',
    '{"until":1e300}', '{"until":NaN}', '{"minutes":1e400}', f'{{"minutes":{"9" * 5_000}}}', '{"symbol":"\\ud800"}',
    '{"changes":{"\\ud800":1},"why":"x"}', '{"changes":{"max_concurrent":"\\ud800"},"why":"x"}',
    '{"clear":["\\ud800"],"why":"x"}', '{"scope":"\\ud800","why":"x"}',
)  # fmt: skip


@pytest.fixture(autouse=True)
async def market_time(write: Callable[..., Awaitable[None]]) -> None:
    day = timedelta(days=1)
    await write("executor", Tick(at=NOW, is_open=True, next_open=NOW + day, next_close=NOW + timedelta(hours=6)))


async def test_every_door_answers_any_body_in_words(client: httpx.AsyncClient):
    headers = {"Content-Type": "application/json"}
    broken = [
        (method, path, body[:60], answer.text[:200])
        for method, path in DOORS
        for body in BODIES
        for answer in [await client.request(method, path, content=body.encode(), headers=headers)]
        if answer.status_code >= 500 or not isinstance(answer.json(), dict)
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("path", "body", "where", "what"),
    [
        ("/halt", {"until": "9999-12-31T23:59:59-12:00"}, "body.until", "expected a time within the years 1 to 9999"),
        # Capitals of these letters are the symbols S and SS.
        ("/halt", {"symbol": "\u017f"}, "body.symbol", "expected a symbol such as SPY or BRK.B, or nothing"),
        ("/manual-trade", {"symbol": "\xdf", "side": "buy"}, "body.symbol", "expected a symbol such as SPY or BRK.B"),
        (
            "/manual-trade",
            {"symbol": "SPY", "side": "\u017fell"},
            "body.side",
            "input should be 'BUY', 'SELL' or 'HOLD'",
        ),
        (
            "/signals",
            {"symbol": "SPY", "action": "BUY", "confidence": 1, "id": "a.b"},
            "body.id",
            "expected at most 100",
        ),
        ("/halt", {"strategy": "ema\x1b[2J"}, "body.strategy", "expected words without line breaks"),
        ("/halt", {"why": "a\nb"}, "body.why", "expected words without line breaks"),
        ("/orders/a.b/resolve", {"outcome": "never_arrived", "why": "x"}, "path.id", "expected at most 100 letters"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_place(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], where: str, what: str
):
    answer = await client.post(path, json=body)
    (mistake,) = answer.json()["mistakes"]
    assert (answer.status_code, mistake["where"], mistake["what"][: len(what)]) == (422, where, what)


async def test_spaces_around_words_mean_nothing(client: httpx.AsyncClient):
    assert (await client.post("/halt", json={"symbol": " spy ", "why": " enough "})).is_success
    (one,) = (await client.get("/risk/status")).json()["standing"]
    assert (one["symbol"], one["reason"]) == ("SPY", "enough")
    answer = await client.post("/risk/deactivate", json={"confirm": "deactivate", "why": " "})
    assert answer.json()["code"] == "unconfirmed"


async def test_a_symbol_may_be_written_small_but_an_empty_one_is_not_every_one(client: httpx.AsyncClient):
    assert (await client.get("/orders?symbol=brk.b")).is_success
    assert (await client.get("/orders?symbol=")).status_code == 422
    assert (await client.post("/positions/flatten?symbol=")).status_code == 422


async def test_events_after_more_than_any_log_holds_are_refused(client: httpx.AsyncClient):
    assert (await client.get("/events", params={"after": 2**64})).status_code == 422
