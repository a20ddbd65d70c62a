"""Limits over HTTP, on a real bus: what holds and where it comes from, and a person's change of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.jetstream import Connection, JetStreamLog
from contracts.control import LimitsSet

Connect = Callable[[str], Awaitable[Connection]]


async def said(bus: Connect) -> list[LimitsSet]:
    log = JetStreamLog(await bus("audit"))
    records = [record async for chunk in log.read(("control.>",), 0, await log.head()) for record in chunk]
    return [record.body for record in records if isinstance(record.body, LimitsSet)]


async def shown(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    return (await client.get(f"/config/effective{query}")).json()["limits"]


async def patched(client: httpx.AsyncClient, query: str = "", **body: object) -> httpx.Response:
    return await client.patch(f"/config/limits{query}", json={"why": "calm down", **body})


async def test_every_limit_is_shown_with_where_it_comes_from(client: httpx.AsyncClient):
    answer = (await client.get("/api/v1/config/effective?symbol=aapl&strategy=ema")).json()
    assert (answer["account"], answer["symbol"], answer["strategy"]) == ("paper", "AAPL", "ema")
    assert (answer["mode"], answer["sessions"], answer["limits"]["max_days"]["value"]) == ("manual", [], 7)
    found = answer["limits"]["max_concurrent"]
    assert found.pop("control_id")
    assert found == {
        "value": 3, "origin": "default", "variable": "RISK_MAX_CONCURRENT", "by": "default",
        "why": "nothing else is said", "scope": "all", "strategy": "", "symbol": "",
    }  # fmt: skip


async def test_a_person_sets_a_limit_for_all_or_for_somebody_and_takes_it_back(client: httpx.AsyncClient, bus: Connect):
    answer = (await patched(client, changes={"max_concurrent": 2})).json()
    limit = answer["effective"]["limits"]["max_concurrent"]
    assert (limit["value"], limit["origin"], limit["by"], limit["why"]) == (2, "person", "api", "calm down")
    await patched(client, scope="growth", symbol="tsla", changes={"max_concurrent": 1})
    assert (await shown(client, "?symbol=TSLA"))["max_concurrent"]["value"] == 2
    assert (await shown(client, "?symbol=TSLA&account=growth"))["max_concurrent"]["value"] == 1
    assert (await shown(client, "?account=growth"))["max_concurrent"]["value"] == 2
    assert (await client.get("/status")).json()["limits"]["max_concurrent"] == 2
    answer = (await patched(client, "?account=growth", symbol="TSLA", clear=["max_concurrent"])).json()
    assert (answer["effective"]["account"], answer["effective"]["limits"]["max_concurrent"]["value"]) == ("growth", 2)
    await patched(client, clear=["max_concurrent"])
    back = (await shown(client))["max_concurrent"]
    assert (back["value"], back["origin"], back["by"]) == (3, "default", "default")
    whose = [(fact.scope, fact.symbol, fact.fields, fact.cleared) for fact in await said(bus)][1:]
    assert whose == [
        ("all", "", ("max_concurrent",), ()),
        ("growth", "TSLA", ("max_concurrent",), ()),
        ("growth", "TSLA", (), ("max_concurrent",)),
        ("all", "", ("max_concurrent",), ()),
    ]


async def test_what_is_set_is_listed_layer_by_layer(client: httpx.AsyncClient):
    await patched(client, symbol="TSLA", changes={"blacklist": ["gme"], "percent_of_equity": "0.02"})
    answer = (await client.get("/config/limits")).json()
    everyone, tesla = answer["layers"]
    assert (everyone["scope"], everyone["symbol"]) == ("all", "")
    assert (tesla["symbol"], {name: one["value"] for name, one in tesla["limits"].items()}) == (
        "TSLA",
        {"blacklist": ["GME"], "percent_of_equity": "0.02", "sizing": "percent_of_equity"},
    )
    assert answer["problems"] == []


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        ({"changes": {"max_concurent": 1}}, "body.changes.max_concurent", "is no limit, is max_concurrent meant?"),
        (
            {"changes": {"max_concurrent": 0}},
            "body.changes.max_concurrent",
            "expected a whole number from 1 to 1000000",
        ),
        ({"changes": {"max_daily_loss": "NaN"}}, "body.changes.max_daily_loss", "expected a number from 0 to 1"),
        ({"changes": {"whitelist": ["SPY", "x y"]}}, "body.changes.whitelist", "expected a list of symbols"),
        ({"changes": {"min_cash": None}}, "body.changes.min_cash", "expected a number from 0 to"),
        (
            {"changes": {"entry_dollars": 1, "risk_per_trade": 0.1}},
            "body.changes.sizing",
            "it must say which of entry_dollars and risk_per_trade counts",
        ),
        (
            {"changes": {"max_daily_loss": "0.1"}, "symbol": "TSLA"},
            "body.changes.max_daily_loss",
            "cannot be set for a symbol",
        ),
        ({"clear": ["moon"]}, "body.clear.moon", "is no limit"),
        ({"changes": {"min_cash": 1}, "clear": ["min_cash"]}, "body", "is both changed and cleared"),
        ({}, "body", "expected something in changes or in clear"),
        ({"changes": {"min_cash": 1}, "scope": "grwth"}, "body.scope", "expected all or paper or growth"),
        ({"changes": {"min_cash": 1}, "symbol": "no symbol"}, "body.symbol", "expected a symbol such as SPY or BRK.B"),
        ({"changes": {"min_cash": 1}, "why": ""}, "body.why", "string should have at least 1 character"),
        ({"changes": {"min_cash": 1}, "limits": {}}, "body.limits", "extra inputs are not permitted"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place_and_changes_nothing(
    client: httpx.AsyncClient, bus: Connect, body: dict[str, object], where: str, says: str
):
    answer = await client.patch("/config/limits", json={"why": "calm down", **body})
    (mistake,) = answer.json()["mistakes"]
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert mistake["where"].startswith(where)
    assert says in mistake["what"]
    assert len(await said(bus)) == 1


async def test_a_wrong_value_is_said_with_its_place_and_what_was_expected(client: httpx.AsyncClient):
    answer = await client.patch(
        "/config/limits", json={"changes": {"ratchet": 2, "native_bracket": "often"}, "why": "x"}
    )
    assert answer.json()["detail"] == (
        "body.changes.ratchet was '2', expected a number from 0 to 0.5; "
        "body.changes.native_bracket was 'often', expected true or false"
    )


async def test_an_unknown_account_is_refused(client: httpx.AsyncClient):
    for method, path in (("GET", "/config/effective"), ("PATCH", "/config/limits")):
        answer = await client.request(method, f"{path}?account=other", json={"changes": {"min_cash": 1}, "why": "x"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_account")


async def until(client: httpx.AsyncClient, path: str, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    while not met(found := (await client.get(path)).json()):
        await asyncio.sleep(0.05)
    return found


async def test_an_edit_of_the_file_takes_effect_and_a_broken_one_changes_nothing_and_is_said(
    client: httpx.AsyncClient, tmp_path: Path
):
    def concurrent(wanted: int) -> Callable[[dict[str, Any]], bool]:
        return lambda found: found["limits"]["max_concurrent"]["value"] == wanted

    file = tmp_path / "limits.toml"
    file.write_text("[limits]\nmax_concurrent = 7\n")
    found = await until(client, "/config/effective", concurrent(7))
    limit = found["limits"]["max_concurrent"]
    assert (limit["origin"], limit["by"], limit["why"]) == ("file", "config/limits.toml", "[limits]")
    file.write_text("[limits]\nmax_concurrent = 9\nmin_cash = -1\n")
    broken = await until(client, "/config/limits", lambda found: bool(found["problems"]))
    assert broken["problems"] == [
        {
            "file": str(file), "line": 3, "column": 0,
            "what": "[limits] min_cash was -1, expected a number from 0 to 1000000000",
        }
    ]  # fmt: skip
    assert concurrent(7)((await client.get("/config/effective")).json())
    file.write_text("")
    await until(client, "/config/effective", concurrent(3))
    assert (await client.get("/config/limits")).json()["problems"] == []
    file.unlink()
    gone = await until(client, "/config/limits", lambda found: bool(found["problems"]))
    assert gone["problems"][0]["what"] == "cannot be read: no such file or directory"
