"""Whether a process answers yet, and what it says it waits for."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import httpx
import msgspec

from interlock.stack import postgres

ANSWER_SECONDS = 2.0


class _Readiness(msgspec.Struct):
    waiting_for: list[str] = []


async def why_not(client: httpx.AsyncClient, url: str) -> str:
    """Say what keeps it from being ready; empty when it is. `tcp://host:port` asks only for an open port."""
    address = urlsplit(url)
    if address.scheme == "postgresql":
        return "" if await asyncio.to_thread(postgres.answers, address.port or 0) else "the database"
    if address.scheme == "tcp":
        return await _port(address.hostname or "", address.port or 0)
    try:
        answer = await client.get(url, timeout=ANSWER_SECONDS)
    except httpx.HTTPError:
        return "an answer"
    return "" if answer.is_success else _reasons(answer.content) or f"status 200 instead of {answer.status_code}"


async def _port(host: str, port: int) -> str:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return "an open port"
    writer.close()
    return ""


def _reasons(body: bytes) -> str:
    try:
        return ", ".join(msgspec.json.decode(body, type=_Readiness).waiting_for)
    except msgspec.MsgspecError:
        return ""
