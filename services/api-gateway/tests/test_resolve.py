"""A person lets go of an order in doubt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx

from chassis.jetstream import Connection, JetStreamLog
from contracts.control import OrderGivenUp
from contracts.lifecycle import OrderStatus
from contracts.orders import OrderChanged, Purpose
from contracts.values import OrderType, Side, TimeInForce

Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]


def order(name: str, status: OrderStatus, account: str = "paper") -> OrderChanged:
    return OrderChanged(
        account=account, client_order_id=name, n=1, purpose=Purpose.ENTRY, status=status, symbol="SPY", side=Side.BUY,
        qty=Decimal(1), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=datetime(2026, 3, 2, 17, tzinfo=UTC),
    )  # fmt: skip


async def test_only_an_order_in_doubt_is_let_go_of_and_who_did_it_and_why_stands_in_the_log(
    client: httpx.AsyncClient, write: Write, bus: Connect
):
    await write("executor", order("a1", OrderStatus.UNKNOWN), order("a2", OrderStatus.NEW))
    found = {"outcome": "never_arrived", "why": "not in their list"}
    assert (await client.post("/orders/a2/resolve", json=found)).json() == {
        "detail": "the order was new, expected one that is unknown", "code": "not_in_doubt", "mistakes": [],
    }  # fmt: skip
    assert (await client.post("/orders/none/resolve", json=found)).status_code == 404
    assert (await client.post("/orders/a1/resolve", json={"outcome": "never_arrived"})).status_code == 422
    sequence = (await client.post("/orders/a1/resolve", json=found)).json()["sequence"]
    log = JetStreamLog(await bus("executor"))
    told = [r.body async for chunk in log.read(("control.paper.*",), sequence - 1, sequence) for r in chunk]
    (body,) = told
    assert isinstance(body, OrderGivenUp)
    assert (body.client_order_id, body.by, body.why) == ("a1", "api", "not in their list")


async def test_an_order_is_found_in_whichever_account_it_is_unless_one_is_named(
    client: httpx.AsyncClient, write: Write, bus: Connect
):
    await write("executor", order("g1", OrderStatus.UNKNOWN, "growth"))
    assert (await client.get("/orders/g1")).json()["account"] == "growth"
    assert [(await client.get(f"/orders/g1?account={name}")).status_code for name in ("paper", "growth")] == [404, 200]
    answer = await client.post("/orders/g1/resolve", json={"outcome": "never_arrived", "why": "not in their list"})
    told = await JetStreamLog(await bus("executor")).last("control.growth.*")
    assert told is not None
    assert (told.sequence, type(told.body)) == (answer.json()["sequence"], OrderGivenUp)
