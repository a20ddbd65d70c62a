"""The real app over HTTP, on a real bus: who may, what is shown, what is refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from fastapi.routing import APIRoute
from msgspec import structs
from pydantic import BaseModel

from api_gateway import bodies
from api_gateway.access import LARGEST_BODY, is_open
from api_gateway.routes import ROUTERS
from api_gateway.routes.status import broker_of
from api_gateway.view import View
from chassis.jetstream import Connection
from chassis.jetstream.bucket import Bucket
from chassis.permissions import PRESENCE
from chassis.presence import announce
from contracts.accounts import AccountSnapshot, Holding
from contracts.lifecycle import OrderStatus
from contracts.market import Tick
from contracts.orders import OrderChanged, Purpose
from contracts.signals import SignalRefused, Source
from contracts.values import OrderType, Side, TimeInForce

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]


def snapshot() -> AccountSnapshot:
    held = Holding(
        symbol="SPY", qty=Decimal("10.50"), avg_entry_price=Decimal("167.123456"), market_value=Decimal(1750),
        unrealized_pl=Decimal("-4.7"), current_price=Decimal("166.7"),
    )  # fmt: skip
    return AccountSnapshot(
        account="paper", n=1, status="ACTIVE", equity=Decimal("100000.10"), cash=Decimal("98245.2"),
        buying_power=Decimal("198000.00"), positions=(held,), at=NOON,
    )  # fmt: skip


def order(name: str, status: OrderStatus, symbol: str = "SPY") -> OrderChanged:
    return OrderChanged(
        account="paper", client_order_id=name, n=1, purpose=Purpose.ENTRY, status=status, symbol=symbol, side=Side.BUY,
        qty=Decimal(1), type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=NOON, broker_order_id=f"broker-{name}",
    )  # fmt: skip


def every_route() -> list[tuple[str, str]]:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    plain = [(method, route.path.replace("{id}", "x")) for route in routes for method in sorted(route.methods or ())]
    return [*plain, *((method, f"/api/v1{path}") for method, path in plain), ("GET", "/nowhere"), ("GET", "/metrics")]


async def test_every_route_but_health_asks_for_the_key(client: httpx.AsyncClient):
    asked = 0
    for method, path in every_route():
        for key in ({"Authorization": ""}, {"Authorization": "Bearer wrong-key-of-good-length"}):
            answer = await client.request(method, path, headers=key)
            if is_open(path):
                assert answer.status_code == 200, path
            else:
                asked += 1
                assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), path
                assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert asked >= 60


async def test_every_path_is_served_with_and_without_the_version(client: httpx.AsyncClient):
    for method, path in every_route():
        if path.startswith("/api/v1") and method == "GET" and not path.endswith("/events"):
            plain, versioned = await client.get(path.removeprefix("/api/v1")), await client.get(path)
            assert plain.status_code == versioned.status_code, path


async def test_account_positions_and_orders_are_shown_with_money_as_strings(client: httpx.AsyncClient, write: Write):
    await write("executor", snapshot(), order("o1", OrderStatus.FILLED), order("o2", OrderStatus.NEW, "IBM"))
    get = client.get
    assert (await get("/account/balances")).json() == {
        "account": "paper", "equity": "100000.10", "cash": "98245.2", "buying_power": "198000.00",
        "at": "2026-03-02T17:00:00Z",
    }  # fmt: skip
    assert (await get("/account")).json()["positions"][0]["avg_entry_price"] == "167.123456"
    (held,) = (await get("/positions")).json()["positions"]
    assert (held["qty"], held["is_covered"], held["protection"]["covered_qty"]) == ("10.50", False, "0")

    async def ids(query: str) -> list[str]:
        return [o["client_order_id"] for o in (await get(f"/orders?{query}")).json()["orders"]]

    assert await ids("") == ["o2", "o1"]
    assert await ids("status=open") == ["o2"]
    assert await ids("status=closed") == ["o1"]
    assert await ids("symbol=SPY") == ["o1"]
    assert await ids("limit=1") == ["o2"]
    assert (await get("/orders/o2")).json() == (await get("/orders/broker-o2")).json()
    assert (await get("/orders/o2")).json()["qty"] == "1"


async def test_status_names_profile_mode_state_market_services_and_the_logs_last_sequence(
    client: httpx.AsyncClient, write: Write, bus: Connect
):
    tick = Tick(at=NOON, is_open=True, next_open=NOON, next_close=NOON)
    await write("executor", tick)
    bucket = Bucket(await bus("risk"), PRESENCE)
    telling = asyncio.create_task(announce(bucket, "risk", "0.9", lambda: ("bus",), "growth"))
    try:
        while not (status := (await client.get("/status")).json())["services"]:
            await asyncio.sleep(0.02)
    finally:
        telling.cancel()
    (risk,) = status["services"]
    assert (risk["service"], risk["account"], risk["version"]) == ("risk", "growth", "0.9")
    assert risk["waiting_for"] == ["bus"]
    assert status["missing"] == [
        "signal-gateway", "risk.paper", "executor.paper", "executor.growth", "position-manager.paper",
        "position-manager.growth", "audit", "api-gateway",
    ]  # fmt: skip
    assert [(one["account"], one["equity"]) for one in status["accounts"]] == [("paper", None), ("growth", None)]
    told = {
        name: status[name]
        for name in ("profile", "account", "mode", "state", "market_time", "session", "last_sequence", "audit_through")
    }
    assert told == {
        "profile": "paper", "account": "paper", "mode": "manual", "state": "ACTIVE",
        "market_time": "2026-03-02T17:00:00Z", "session": "open", "last_sequence": 3, "audit_through": None,
    }  # fmt: skip


def test_the_broker_is_connected_while_its_words_are_fresh_and_the_executor_is_there():
    def seen(snapshot_age: float, tick_age: float, *, executor: bool = True) -> bool:
        now = datetime.fromtimestamp(10_000, UTC)
        view = View(
            "paper",
            snapshot_seen=datetime.fromtimestamp(10_000 - snapshot_age, UTC),
            ticked=datetime.fromtimestamp(10_000 - tick_age, UTC),
        )
        return broker_of(view, now, executor=executor).connected

    assert [seen(149, 14), seen(151, 14), seen(149, 16), seen(149, 14, executor=False)] == [True, False, False, False]
    assert broker_of(View("paper"), NOON, executor=True).connected is False


async def test_health_needs_no_key_and_says_how_old_the_brokers_words_are(client: httpx.AsyncClient):
    health = (await client.get("/health", headers={"Authorization": ""})).json()
    assert health == {"status": "degraded", "broker": {"connected": False, "snapshot_age": None, "tick_age": None}}


async def test_what_was_refused_at_the_door_can_be_looked_up(client: httpx.AsyncClient, write: Write):
    refusal = SignalRefused(refusal_id="r1", source=Source.WS, code="not_json", reason="no", received="{", size=1)
    await write("signal-gateway", refusal)
    (seen,) = (await client.get("/signals?refused=true")).json()["refused"]
    assert (seen["refusal"]["code"], seen["refusal"]["received"]) == ("not_json", "{")
    assert (await client.get("/signals")).json()["signals"] == []


def trade(rest: str) -> str:
    return f'{{"symbol": "SPY", "side": "buy", {rest}}}'


def sent(confidence: str) -> str:
    return f'{{"symbol": "SPY", "action": "BUY", "confidence": {confidence}}}'


INVALID, BAD = (422, "invalid"), (400, "bad_request")


async def test_each_account_is_shown_by_its_name_and_an_unknown_one_is_not_there(
    client: httpx.AsyncClient, write: Write
):
    theirs = structs.replace(snapshot(), account="growth", equity=Decimal(7), positions=())
    await write("executor", snapshot(), theirs)

    async def get(query: str) -> tuple[str, str, int]:
        balances = (await client.get(f"/account/balances{query}")).json()
        held = (await client.get(f"/positions{query}")).json()
        return balances["account"], balances["equity"], len(held["positions"])

    assert await get("") == await get("?account=paper") == ("paper", "100000.10", 1)
    assert await get("?account=growth") == ("growth", "7", 0)
    for unknown in ("other", "all"):
        refused = await client.get(f"/positions?account={unknown}")
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_account")
        assert refused.json()["detail"] == f"no account is called {unknown!r}; there is paper, growth"


@pytest.mark.parametrize(
    ("request_line", "body", "refused", "says"),
    [
        ("GET /nowhere", "", (404, "not_found"), "GET /nowhere: not found"),
        ("GET /orders/none", "", (404, "not_found"), "no order has the id 'none'"),
        ("DELETE /halt", "", (405, "method_not_allowed"), "DELETE /halt: method not allowed"),
        ("GET /account", "", (503, "no_account_yet"), "the broker has not reported the account yet"),
        ("GET /trades", "", (503, "audit_unreachable"), "the audit did not answer"),
        ("GET /orders?limit=0", "", INVALID, "query.limit: input should be greater than or equal to 1"),
        ("GET /orders?status=odd", "", INVALID, "query.status: input should be 'open', 'closed' or 'all'"),
        ("GET /orders/a.b", "", INVALID, "path.id"),
        ("GET /trades?before=-1", "", INVALID, "query.before"),
        ("GET /events?kinds=Odd", "", INVALID, "query.kinds: unknown Odd; expected some of Account"),
        ("POST /set-mode", '{"mode": "turbo"}', INVALID, "body.mode: input should be 'manual' or 'auto'"),
        ("POST /set-mode", "{", INVALID, "body.1: JSON decode error"),
        pytest.param("POST /set-mode", "[" * 60_000, BAD, "error parsing the body", id="nested"),
        ("POST /manual-trade", '{"symbol": "../../x", "side": "buy"}', INVALID, "body.symbol"),
        ("POST /manual-trade", '{"symbol": "SPY", "side": "hold"}', INVALID, "expected BUY or SELL, was HOLD"),
        ("POST /manual-trade", '{"symbol": "SPY"}', INVALID, "expected either side or action"),
        ("POST /manual-trade", trade('"action": "BUY"'), INVALID, "expected either side or action"),
        ("POST /manual-trade", trade('"qty": NaN'), INVALID, "body.qty"),
        ("POST /manual-trade", trade('"qty": "NaN"'), INVALID, "body.qty"),
        ("POST /manual-trade", trade('"qty": -1'), INVALID, "body.qty"),
        ("POST /manual-trade", trade('"qty": 1e400'), INVALID, "body.qty"),
        ("POST /manual-trade", trade('"qty": 1000001'), INVALID, "body.qty"),
        pytest.param("POST /manual-trade", trade(f'"qty": {"9" * 5000}'), BAD, "error parsing the body", id="huge"),
        ("POST /manual-trade", trade('"limits": 1'), INVALID, "body.limits: extra"),
        ("POST /signals", sent("1.1"), INVALID, "body.confidence"),
        ("POST /signals", sent("NaN"), INVALID, "body.confidence"),
        ("POST /signals", sent("1"), (503, "no_market_time_yet"), "the market's time is not known yet"),
        ("POST /auto-trade", sent("1"), (409, "mode"), "in manual mode a person trades"),
    ],
)
async def test_what_goes_wrong_is_said_as_json(
    client: httpx.AsyncClient, request_line: str, body: str, refused: tuple[int, str], says: str
):
    method, path = request_line.split()
    answer = await client.request(method, path, content=body, headers={"Content-Type": "application/json"})
    failure = answer.json()
    assert (answer.status_code, failure["code"]) == refused
    assert says in failure["detail"]
    assert "Traceback" not in answer.text


async def test_a_body_that_is_too_large_is_refused_also_when_it_does_not_say_how_large(client: httpx.AsyncClient):
    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(LARGEST_BODY // 1024 + 2):
            yield b"x" * 1024

    announced = await client.post("/halt", content=b"x" * (LARGEST_BODY + 1))
    silent = await client.post("/halt", content=endless(), headers={"Content-Type": "application/json"})
    assert [(a.status_code, a.json()["code"]) for a in (announced, silent)] == [(413, "too_large")] * 2


async def test_the_documentation_needs_no_internet_and_no_key(client: httpx.AsyncClient):
    page = await client.get("/docs", headers={"Authorization": ""})
    links = re.findall(r"(?:src|href|url:)\s*=?\s*['\"]([^'\"]+)['\"]", page.text)
    assert len(links) >= 4
    for link in links:
        assert link.startswith("/")
        assert (await client.get(link, headers={"Authorization": ""})).status_code == 200, link


async def test_every_answer_is_documented_with_a_schema_that_exists(client: httpx.AsyncClient):
    document = (await client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', httpx.Response(200, json=document).text))
    assert references <= schemas.keys()
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    expected = {(m.lower(), p) for m, p in every_route() if not p.startswith("/api/v1")}
    assert {(m, p.replace("{id}", "x")) for m, p in described} == expected - {("get", "/nowhere"), ("get", "/metrics")}
    for operations in document["paths"].values():
        for operation in operations.values():
            (content,) = operation["responses"]["200"]["content"].values()
            assert content["schema"].keys() == {"$ref"}
    assert document["security"] == [{"key": []}]
    assert document["paths"]["/health"]["get"]["security"] == []


async def test_a_body_that_the_page_shows_can_be_sent_as_it_stands(client: httpx.AsyncClient):
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    shown: dict[str, list[object]] = {}
    for name, body in vars(bodies).items():
        if isinstance(body, type) and issubclass(body, BaseModel) and name in schemas:
            shown[name] = schemas[name].get("examples", [])
            assert [body.model_validate(example) for example in shown[name]] or len(body.model_fields) < 2, name
    assert len(shown) > 8
