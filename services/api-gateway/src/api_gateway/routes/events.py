"""The log as it grows, as server-sent events."""

from __future__ import annotations

import asyncio
import time
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial
from typing import Annotated, cast, get_args

import msgspec
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from starlette.types import Message as Frame
from starlette.types import Send

from api_gateway.answers import gives
from api_gateway.desk import Everywhere
from api_gateway.failures import Refusal
from api_gateway.office import Office
from contracts.channels import stream_subjects
from contracts.log import Message, Record

router = APIRouter(tags=["events"])

HEARTBEAT_SECONDS = 15.0
STUCK_SECONDS = 30.0
"""A client that takes nothing for so long is let go; it comes back with its Last-Event-ID."""
MOST_CLIENTS = 50
LAST = 2**63 - 1
"""The last sequence that a log can have."""

KINDS = frozenset(kind.__name__ for kind in cast("tuple[type, ...]", get_args(Message)))


class Events(StreamingResponse):
    """One client's stream. The log's flow control keeps what a slow one has not read at the server."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        with suppress(TimeoutError):
            await super().stream_response(partial(_in_time, send))


async def _in_time(send: Send, frame: Frame) -> None:
    async with asyncio.timeout(STUCK_SECONDS):
        await send(frame)


Position = Annotated[
    int | None, Query(ge=0, le=LAST, description="Begin after this sequence; without it, with what comes next")
]
LastSeen = Annotated[
    int | None, Header(alias="Last-Event-ID", ge=0, le=LAST, description="Sent by browsers that come back")
]
Chosen = Annotated[str, Query(description="Kinds of messages, with commas between; all without it", max_length=1000)]


@router.get(
    "/events",
    response_class=Response,
    responses=gives(Record, media_type="text/event-stream"),
    summary="Every record of the log as it is stored",
    description="Each event's id is the record's sequence, its data the record as JSON. Comments keep the line alive.",
)
async def events(
    here: Everywhere, kinds: Chosen = "", after: Position = None, last_event_id: LastSeen = None
) -> Response:
    wanted = _kinds(kinds)
    if here.listeners >= MOST_CLIENTS:
        raise Refusal(503, "too_many_listeners", f"{MOST_CLIENTS} clients listen already, which is the most")
    start = next((n for n in (last_event_id, after) if n is not None), None)
    return Events(
        stream(here, wanted, here.sequence if start is None else start),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _kinds(text: str) -> frozenset[str]:
    wanted = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := sorted(wanted - KINDS):
        raise Refusal(
            422, "invalid", f"query.kinds: unknown {', '.join(unknown)}; expected some of {', '.join(sorted(KINDS))}"
        )
    return wanted or KINDS


async def stream(
    here: Office, kinds: frozenset[str], after: int, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncGenerator[bytes]:
    """Write records after a sequence for ever, and a sign of life with the position where nothing comes."""
    position, spoke = after, time.monotonic()
    here.listeners += 1
    try:
        yield b": connected\n\n"
        async with aclosing(_chunks(here, after, heartbeat)) as chunks:
            async for chunk in chunks:
                position = chunk[-1].sequence if chunk else position
                if chosen := [event(record) for record in chunk if type(record.body).__name__ in kinds]:
                    yield b"".join(chosen)
                elif time.monotonic() - spoke < heartbeat:
                    continue
                else:
                    # An id without data tells nobody anything, but is where a client that comes back begins.
                    yield b": alive\nid: %d\n\n" % position
                spoke = time.monotonic()
    finally:
        here.listeners -= 1


async def _chunks(here: Office, after: int, heartbeat: float) -> AsyncGenerator[list[Record]]:
    """Give what comes, and an empty chunk where nothing does for a while."""
    async with aclosing(cast("AsyncGenerator[list[Record]]", here.log.read(stream_subjects(), after))) as reading:
        while not here.leaving.is_set():
            coming, leaving = asyncio.ensure_future(anext(reading)), asyncio.ensure_future(here.leaving.wait())
            try:
                # Not `wait_for`: it would cancel the reading, and with it the reader.
                while not (await asyncio.wait((coming, leaving), timeout=heartbeat, return_when=FIRST_COMPLETED))[0]:
                    yield []
                if coming.done():
                    yield coming.result()
            finally:
                coming.cancel()
                leaving.cancel()
                await asyncio.gather(coming, leaving, return_exceptions=True)


def event(record: Record) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (record.sequence, msgspec.json.encode(record))
