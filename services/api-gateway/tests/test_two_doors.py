"""Several gateways on one log: what configuration or a person says stands there once, and each of them shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import httpx

from chassis.jetstream import Connection, JetStreamLog
from contracts.control import GateSwitched, LimitsSet, Resumed

Connect = Callable[[str], Awaitable[Connection]]
OpenDoors = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


async def shows(client: httpx.AsyncClient, value: int) -> None:
    while (await client.get("/config/effective")).json()["limits"]["max_concurrent"]["value"] != value:
        await asyncio.sleep(0.05)


async def test_two_gateways_start_read_an_edit_and_hear_a_person_alike(
    open_doors: OpenDoors, bus: Connect, tmp_path: Path
):
    (tmp_path / "limits.toml").write_text("[limits]\nmax_concurrent = 5\n")
    async with AsyncExitStack() as stack:
        doors = await asyncio.gather(*(stack.enter_async_context(open_doors()) for _ in range(2)))
        for value in (6, 7):
            (tmp_path / "limits.toml").write_text(f"[limits]\nmax_concurrent = {value}\n")
            await asyncio.gather(*(shows(door, value) for door in doors))
        body = {"changes": {"max_concurrent": 2}, "why": "calm down"}
        assert (await doors[0].patch("/config/limits", json=body)).is_success
        await asyncio.gather(*(shows(door, 2) for door in doors))

    log = JetStreamLog(await bus("audit"))
    records = [record async for chunk in log.read(("control.>",), 0, await log.head()) for record in chunk]
    said = [(fact.by, fact.limits.max_concurrent) for r in records if isinstance(fact := r.body, LimitsSet)]
    assert said == [
        ("default", 3),
        ("config/limits.toml", 5),
        ("config/limits.toml", 6),
        ("config/limits.toml", 7),
        ("api", 2),
    ]


async def test_what_is_shown_at_one_door_is_confirmed_at_both_at_once_and_done_once(
    open_doors: OpenDoors, bus: Connect
):
    async with open_doors() as one, open_doors() as other:
        for account in ("paper", "growth"):
            off = {"confirm": "deactivate", "why": "odd prices"}
            assert (await one.post(f"/risk/deactivate?account={account}", json=off)).is_success
        assert (await one.post("/halt", json={"why": "smoke"})).is_success
        for path, ended in (("/resume", 1), ("/risk/activate", 2)):
            shown = (await one.post(path)).json()
            assert len(shown["lifts"]) == ended
            while (await other.post(path)).json()["confirm"] != shown["confirm"]:
                await asyncio.sleep(0.02)
            bodies = [{"confirm": shown["confirm"], "why": f"door {number}"} for number in range(2)]
            answers = await asyncio.gather(
                *(door.post(path, json=b) for door, b in zip((one, other), bodies, strict=True))
            )
            assert 200 in {answer.status_code for answer in answers} <= {200, 409}
            while (await other.post(path)).json()["lifts"] or (await one.post(path)).json()["lifts"]:
                await asyncio.sleep(0.02)

    log = JetStreamLog(await bus("audit"))
    facts = [record.body async for chunk in log.read(("control.>",), 0, await log.head()) for record in chunk]
    assert len([fact for fact in facts if isinstance(fact, Resumed)]) == 1
    assert len([fact for fact in facts if isinstance(fact, GateSwitched) and fact.active]) == 2
