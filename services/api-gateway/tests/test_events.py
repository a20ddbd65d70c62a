"""The log as a stream: from now or from where one left, filtered, and gone when the client goes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from typing import Any

import httpx

from api_gateway.office import Bus, Office
from api_gateway.routes import events
from chassis.memory import MemoryLog
from chassis.presence import Presence
from contracts.control import Halted
from contracts.log import Fact
from contracts.market import Quote, Tick

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


Write = Callable[..., Awaitable[None]]


def tick(second: int) -> Tick:
    return Tick(at=NOON.replace(second=second), is_open=True, next_open=NOON, next_close=NOON)


def quote(bid: float) -> Quote:
    return Quote(symbol="SPY", bid=bid, ask=bid + 1, at=NOON)


async def told(answer: httpx.Response, count: int) -> list[tuple[int, dict[str, Any]]]:
    """Read so many events: their ids and records."""
    found: list[tuple[int, dict[str, Any]]] = []
    identity = 0
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            identity = int(value)
        elif name == "data":
            found.append((identity, json.loads(value)))
        if len(found) == count:
            return found
    raise AssertionError(f"the stream ended after {len(found)} of {count} events")


async def connected(answer: httpx.Response) -> None:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_every_record_comes_as_json_with_its_sequence_as_id(client: httpx.AsyncClient, write: Write):
    await write("executor", tick(0))
    async with client.stream("GET", "/events?after=2") as answer:
        await connected(answer)
        ((identity, record),) = await told(answer, 1)
    assert (identity, record["sequence"], record["subject"]) == (3, 3, "clock.tick")
    assert record["body"] == {
        "kind": "Tick", "at": "2026-03-02T17:00:00Z", "is_open": True, "next_open": "2026-03-02T17:00:00Z",
        "next_close": "2026-03-02T17:00:00Z",
    }  # fmt: skip


async def test_without_a_position_the_stream_begins_with_what_comes_next(client: httpx.AsyncClient, write: Write):
    await write("executor", tick(0))
    async with client.stream("GET", "/events") as answer:
        reading = asyncio.create_task(told(answer, 1))
        await write("executor", tick(1))
        ((identity, _),) = await reading
    assert identity == 4


async def test_a_client_that_comes_back_misses_nothing_and_sees_nothing_twice(client: httpx.AsyncClient, write: Write):
    await write("executor", tick(0), quote(1), tick(1))
    async with client.stream("GET", "/events?after=0") as answer:
        first = await told(answer, 4)
    await write("executor", tick(2))
    headers = {"Last-Event-ID": str(first[-1][0])}
    async with client.stream("GET", "/events?after=0", headers=headers) as answer:
        second = await told(answer, 2)
    assert [identity for identity, _ in first + second] == [1, 2, 3, 4, 5, 6]


async def test_only_the_kinds_that_are_asked_for_come(client: httpx.AsyncClient, write: Write):
    await write("executor", tick(0), quote(1), quote(2), tick(1))
    async with client.stream("GET", "/api/v1/events?after=0&kinds=Quote,Halted") as answer:
        seen = await told(answer, 2)
    assert [record["body"]["bid"] for _, record in seen] == [1, 2]


def office(log: MemoryLog) -> Office:
    async def nobody(_: bytes) -> bytes:
        return b""

    async def none() -> list[Presence]:
        return []

    async def nothing(_: str) -> None:
        return None

    return Office(("paper",), log, "paper", Bus(nobody, none, nothing, nothing))


async def test_a_quiet_line_is_kept_alive_and_says_where_it_is():
    log = MemoryLog()
    await log.append([Fact(tick(0)), Fact(Halted(control_id="c", scope="all", by="api", why=""))])
    here = office(log)
    async with aclosing(events.stream(here, frozenset({"Halted"}), 0, heartbeat=0.05)) as stream:
        lines = [await anext(stream) for _ in range(3)]
        assert here.listeners == 1
        await log.append([Fact(tick(1))])
        while b"id: 3" not in (line := await anext(stream)):
            pass
    assert lines[0] == b": connected\n\n"
    assert lines[1].startswith(b'id: 2\ndata: {"sequence":2,')
    assert lines[2] == b": alive\nid: 2\n\n"
    assert line == b": alive\nid: 3\n\n"
    assert here.listeners == 0


async def test_a_stream_ends_when_the_process_leaves():
    here = office(MemoryLog())
    async with aclosing(events.stream(here, events.KINDS, 0)) as stream:
        await anext(stream)
        here.leaving.set()
        assert [line async for line in stream] == []
    assert here.listeners == 0


async def test_a_client_that_goes_away_makes_room_for_another(client: httpx.AsyncClient):
    for _ in range(events.MOST_CLIENTS + 1):
        async with client.stream("GET", "/events?after=0") as answer:
            assert answer.status_code == 200
            await told(answer, 1)


async def test_more_than_the_most_clients_are_refused(client: httpx.AsyncClient):
    readers: list[AsyncIterator[bytes]] = []
    async with AsyncExitStack() as stack:
        for _ in range(events.MOST_CLIENTS):
            answer = await stack.enter_async_context(client.stream("GET", "/events?after=0"))
            # Kept, because a reader that is dropped half-way closes its stream.
            readers.append(answer.aiter_raw())
            await anext(readers[-1])
        refused = await client.get("/events")
        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_listeners")
