"""Stopping takes one step, going on takes two: halts, locks, drifts, the gate's switch, on a real log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from chassis.jetstream import Connection, JetStreamLog
from contracts.accounts import DriftFound, DriftKind
from contracts.control import GateSwitched, Halted, Resumed
from contracts.halts import drift_id
from contracts.locks import Locked, LockKind
from contracts.log import Message
from contracts.market import Tick
from contracts.values import TradingState

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)

METRICS = ("interlock_gate_active", "interlock_entry_stops")

Connect = Callable[[str], Awaitable[Connection]]
Write = Callable[..., Awaitable[None]]
Json = dict[str, Any]


def tick(minutes: int = 0) -> Tick:
    at = NOON + timedelta(minutes=minutes)
    return Tick(at=at, is_open=True, next_open=at, next_close=at)


def locked(name: str = "l1", symbol: str = "") -> Locked:
    return Locked(
        lock_id=name, account="paper", lock=LockKind.DAILY_LOSS, level=TradingState.HALTED, reason="lost 3 % today",
        value="0.03", limit="0.03", at=NOON, symbol=symbol,
    )  # fmt: skip


def drift(n: int = 7, symbol: str = "SPY") -> DriftFound:
    return DriftFound(
        account="paper", n=n, difference=DriftKind.QUANTITY_DRIFT, symbol=symbol, ours="1", theirs="2", at=NOON,
        freezes=True,
    )  # fmt: skip


async def post(client: httpx.AsyncClient, path: str, status: int = 200, **body: object) -> Json:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def standing(client: httpx.AsyncClient) -> list[Json]:
    return (await client.get("/risk/status")).json()["standing"]


@pytest.fixture
def decided(bus: Connect) -> Callable[[int], Awaitable[Message]]:
    """Give the fact that a person's word became."""

    async def at(sequence: int) -> Message:
        log = JetStreamLog(await bus("audit"))
        ((record,),) = [chunk async for chunk in log.read(("control.>",), sequence - 1, sequence)]
        assert record.trace
        return record.body

    return at


async def test_halting_takes_one_step_and_no_body(
    client: httpx.AsyncClient, decided: Callable[[int], Awaitable[Message]]
):
    plain = (await client.post("/halt")).json()
    assert plain["state"] == "HALTED"
    fact = await decided((await post(client, "/halt", why="smoke"))["sequence"])
    assert isinstance(fact, Halted)
    assert (fact.scope, fact.by, fact.why, fact.level) == ("all", "api", "smoke", TradingState.HALTED)
    assert [one["reason"] for one in await standing(client)] == ["", "smoke"]


async def test_a_resume_shows_first_and_then_ends_exactly_what_it_showed(
    client: httpx.AsyncClient, write: Write, decided: Callable[[int], Awaitable[Message]]
):
    await write("risk", locked())
    await write("executor", drift())
    await post(client, "/halt", why="smoke")
    shown = await post(client, "/resume")
    assert (shown["done"], [one["kind"] for one in shown["lifts"]]) == (False, ["halt", "lock", "drift"])
    assert (shown["state"], shown["remains"], len(await standing(client))) == ("HALTED", [], 3)
    done = await post(client, "/resume", confirm=shown["confirm"], why="looked")
    assert (done["done"], done["state"], done["lifts"], await standing(client)) == (True, "ACTIVE", shown["lifts"], [])
    fact = await decided(done["sequence"])
    assert isinstance(fact, Resumed)
    assert (fact.by, fact.why, set(fact.lifts)) == ("api", "looked", {one["id"] for one in shown["lifts"]})
    assert {"l1", drift_id(drift())} < set(fact.lifts)


async def test_what_came_in_between_voids_the_confirmation_and_nothing_is_resumed(
    client: httpx.AsyncClient, write: Write
):
    await post(client, "/halt", why="first")
    shown = await post(client, "/resume")
    await write("risk", locked())
    refused = await post(client, "/resume", 409, confirm=shown["confirm"])
    assert (refused["code"], [one["reason"] for one in refused["lifts"]]) == (
        "changed_meanwhile", ["first", "lost 3 % today"],
    )  # fmt: skip
    assert len(await standing(client)) == 2
    assert (await post(client, "/resume", confirm=refused["confirm"]))["state"] == "ACTIVE"
    again = await post(client, "/resume", 409, confirm=refused["confirm"])
    assert (again["lifts"], again["confirm"]) == ([], "")


async def test_people_who_confirm_at_once_are_one_resume(client: httpx.AsyncClient, bus: Connect):
    await post(client, "/halt", why="smoke")
    name = (await post(client, "/resume"))["confirm"]
    bodies = [{"confirm": name, "why": f"person {number}"} for number in range(5)]
    answers = await asyncio.gather(*(client.post("/resume", json=body) for body in bodies))
    assert 200 in {answer.status_code for answer in answers} <= {200, 409}
    log = JetStreamLog(await bus("audit"))
    read = [r.body async for chunk in log.read(("control.>",), 0, await log.head()) for r in chunk]
    assert len([fact for fact in read if isinstance(fact, Resumed)]) == 1
    assert await standing(client) == []


async def test_where_nothing_stands_there_is_nothing_to_confirm(client: httpx.AsyncClient):
    shown = (await client.post("/resume")).json()
    assert (shown["confirm"], shown["lifts"], shown["state"]) == ("", [], "ACTIVE")


async def test_a_halt_of_a_symbol_or_strategy_leaves_the_rest_and_is_resumed_by_it(
    client: httpx.AsyncClient, write: Write
):
    await write("executor", drift(7, "SPY"), drift(8, "IBM"))
    halted = await post(client, "/halt", symbol="spy", level="reducing")
    await post(client, "/halt", strategy="ema")
    assert halted["state"] == "ACTIVE"
    assert {(one["symbol"], one["strategy"], one["level"]) for one in await standing(client)} == {
        ("SPY", "", "REDUCING"), ("", "ema", "HALTED"), ("IBM", "", "REDUCING"),
    }  # fmt: skip
    shown = await post(client, "/resume", symbol="SPY")
    assert [(one["symbol"], one["kind"]) for one in shown["lifts"]] == [("SPY", "halt"), ("SPY", "drift")]
    await post(client, "/resume", symbol="SPY", confirm=shown["confirm"])
    (strategy, ibm) = await standing(client)
    assert (strategy["strategy"], ibm["symbol"]) == ("ema", "IBM")
    one = await post(client, "/resume", id=ibm["id"])
    assert (one["lifts"], one["remains"]) == ([ibm], [strategy])


async def test_a_halt_with_an_end_ends_by_market_time(client: httpx.AsyncClient, write: Write):
    refused = await post(client, "/halt", 503, minutes=5)
    assert refused["code"] == "no_market_time_yet"
    await write("executor", tick())
    await post(client, "/halt", minutes=5, why="news")
    (one,) = await standing(client)
    assert (one["since"], one["until"]) == ("2026-03-02T17:00:00Z", "2026-03-02T17:05:00Z")
    assert one["ends"] == "by itself at 2026-03-02 17:05:00 UTC, or `interlock resume` or POST /resume"
    await write("executor", tick(4))
    assert await standing(client) == [one]
    await write("executor", tick(5))
    assert await standing(client) == []


async def test_locks_are_listed_added_with_an_end_and_removed_in_two_steps(client: httpx.AsyncClient, write: Write):
    await write("executor", tick())
    await write("risk", locked("l1", "SPY"))
    await post(client, "/halt", strategy="ema")
    added = await post(client, "/locks", symbol="IBM", until="2026-03-02T18:00:00Z", why="earnings")
    assert added["state"] == "ACTIVE"
    listed = (await client.get("/locks")).json()["locks"]
    assert [(one["kind"], one["symbol"], one["level"], one["until"]) for one in listed] == [
        ("halt", "IBM", "REDUCING", "2026-03-02T18:00:00Z"), ("lock", "SPY", "HALTED", None),
    ]  # fmt: skip
    shown = (await client.delete("/locks/l1")).json()
    assert (shown["done"], [one["id"] for one in shown["lifts"]]) == (False, ["l1"])
    done = (await client.delete(f"/locks/l1?confirm={shown['confirm']}")).json()
    assert (done["done"], [one["symbol"] for one in done["remains"]]) == (True, ["", "IBM"])
    assert (await client.delete("/locks/l1")).json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/locks", {"symbol": "SPY"}, "body: expected minutes or until: what has no end is a halt"),
        ("/locks", {"minutes": 5, "until": "2026-03-02T18:00:00Z"}, "body: expected either minutes or until"),
        ("/halt", {"minutes": 0}, "body.minutes: input should be greater than or equal to 1"),
        ("/halt", {"level": "ACTIVE"}, "body.level: input should be "),
        ("/halt", {"symbol": "no symbol"}, "body.symbol was 'no symbol', expected a symbol such as SPY"),
        ("/halt", {"until": "2026-03-02T17:00:00Z"}, "until was 2026-03-02 17:00:00, expected a time after 2026-03-02"),
    ],
)
async def test_a_halt_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, write: Write, path: str, body: Json, says: str
):
    await write("executor", tick())
    refused = await post(client, path, 422, **body)
    assert refused["detail"].startswith(says)
    assert await standing(client) == []


async def test_the_gate_is_switched_off_only_with_a_confirmation_and_a_reason(
    client: httpx.AsyncClient, decided: Callable[[int], Awaitable[Message]]
):
    for body in ({}, {"confirm": "deactivate"}, {"confirm": "yes", "why": "x"}):
        refused = await post(client, "/risk/deactivate", 409, **body)
        assert refused["code"] == "unconfirmed"
        assert '{"confirm": "deactivate", "why": "..."}' in refused["detail"]
    off = await post(client, "/risk/deactivate", confirm="deactivate", why="odd prices")
    fact = await decided(off["sequence"])
    assert isinstance(fact, GateSwitched)
    assert (fact.active, fact.why, off["state"]) == (False, "odd prices", "HALTED")
    assert [REGISTRY.get_sample_value(name, {"account": "paper"}) for name in METRICS] == [0, 1]
    told = (await client.get("/risk/status")).json()
    assert (told["active"], told["state"], told["standing"][0]["kind"]) == (False, "HALTED", "gate")


async def test_the_gate_is_switched_on_in_two_steps_and_a_resume_does_not_do_it(client: httpx.AsyncClient):
    await post(client, "/halt", why="smoke")
    await post(client, "/risk/deactivate", confirm="deactivate", why="odd prices")
    resume = await post(client, "/resume")
    assert ([one["kind"] for one in resume["lifts"]], [one["kind"] for one in resume["remains"]]) == (
        ["halt"],
        ["gate"],
    )
    shown = await post(client, "/risk/activate")
    assert ([one["reason"] for one in shown["lifts"]], shown["done"]) == (["odd prices"], False)
    await post(client, "/risk/deactivate", confirm="deactivate", why="again")
    refused = await post(client, "/risk/activate", 409, confirm=shown["confirm"])
    assert [one["reason"] for one in refused["lifts"]] == ["again"]
    done = await post(client, "/risk/activate", confirm=refused["confirm"], why="looked")
    assert (done["done"], [one["kind"] for one in done["remains"]]) == (True, ["halt"])
    assert (await client.get("/risk/status")).json()["active"]


async def test_one_account_is_halted_and_resumed_without_the_other(client: httpx.AsyncClient):
    await post(client, "/halt?account=growth", why="theirs")
    assert await standing(client) == []
    await post(client, "/halt", why="all")
    shown = await post(client, "/resume?account=growth")
    assert [(one["reason"], one["scope"]) for one in shown["lifts"]] == [("theirs", "growth"), ("all", "all")]
    await post(client, "/resume?account=growth", confirm=shown["confirm"])
    states = [(await client.get(f"/risk/status?account={name}")).json()["state"] for name in ("paper", "growth")]
    assert states == ["HALTED", "ACTIVE"]
