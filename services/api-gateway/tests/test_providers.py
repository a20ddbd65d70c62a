"""What the executor says of the broker and the prices, as people see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx

from chassis.jetstream import Connection
from chassis.jetstream.bucket import Bucket
from chassis.permissions import PROVIDERS
from contracts.providers import Broker, Budget, Calls, Prices, Providers, Stream, decode, encode

Connect = Callable[[str], Awaitable[Connection]]

TOLD = Providers(
    account="paper",
    at=datetime(2026, 3, 2, 17, 0, tzinfo=UTC),
    broker=Broker(
        rest=Calls(reachable=False, calls=3, failed=1, p50_ms=4.5, last_error="timed out", last_error_age=1.5),
        budget=Budget(left=17, limit=200, resets_in=30),
        orders=Stream(name="trade_updates", connected_for=12.5, connects=2),
    ),
    prices=Prices(
        provider="alpaca", feed="iex", fallback="sip: insufficient subscription", rest=Calls(), stream=Stream(),
        budget=Budget(left=200, limit=200), priced=1, unpriced=("QQQ",), oldest="SPY", oldest_age=0.25,
    ),
    clock_age=3,
)  # fmt: skip


async def test_providers_are_shown_as_the_executor_told_them_last(bus: Connect, client: httpx.AsyncClient):
    executor = Bucket(await bus("executor"), PROVIDERS)
    await executor.write("other", encode(TOLD), ttl=15)
    await executor.write("paper", encode(TOLD), ttl=15)

    answer = await client.get("/api/v1/diag/providers")

    assert (answer.status_code, decode(answer.content)) == (200, TOLD)


async def test_while_the_executor_says_nothing_nothing_is_made_up(client: httpx.AsyncClient):
    answer = await client.get("/api/v1/diag/providers")

    assert (answer.status_code, answer.json()["code"]) == (503, "executor_silent")
