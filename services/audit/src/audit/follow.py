"""Copy the log into the table: patiently, in order, every record once."""

from __future__ import annotations

import asyncio

from audit import store
from audit.database import AWAY
from audit.row import UNDECODABLE, Row, row
from chassis import telemetry
from chassis.health import Health
from chassis.log import Log, LogWentBackwardsError, RawRecord
from chassis.service import CAUGHT_UP
from contracts.channels import stream_subjects

DATABASE = "database"
"""Waited for while it cannot be reached, is not migrated, or another auditor writes."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 0.25, 10.0
LATE_SECONDS = 2.0
"""How long storing may take before the service says that it waits for the database."""


async def follow(log: Log, url: str, health: Health) -> None:
    """Copy for ever, however often the database goes away; `health` waits for DATABASE and CAUGHT_UP from the start."""
    identity = await log.identity()
    pause = FIRST_RETRY_SECONDS
    while True:
        try:
            async with store.opened(url, identity) as rows:
                health.met(DATABASE)
                pause = FIRST_RETRY_SECONDS
                await _copy(log, rows, health)
        except AWAY as e:
            health.wait_for(DATABASE)
            telemetry.logger("store").warning("the database is away", error=str(e).strip(), retry_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_RETRY_SECONDS)


async def _copy(log: Log, rows: store.Store, health: Health) -> None:
    head = await log.head()
    if rows.sequence > head:
        raise LogWentBackwardsError(f"the log ends at {head}, but {rows.sequence} of its records are in the audit")
    # First to where the log ends now, to know when that is reached: its last record may have aged out.
    for until in (head, None):
        async for chunk in log.raw(stream_subjects(), rows.sequence, until):
            await _append(rows, [_row(raw) for raw in chunk], health)
        health.met(CAUGHT_UP)


async def _append(rows: store.Store, fresh: list[Row], health: Health) -> None:
    late = asyncio.get_running_loop().call_later(LATE_SECONDS, health.wait_for, DATABASE)
    try:
        await rows.append(fresh)
    finally:
        late.cancel()
    health.met(DATABASE)
    telemetry.SEQUENCE.set(rows.sequence)


def _row(raw: RawRecord) -> Row:
    made = row(raw)
    if made.kind == UNDECODABLE:
        telemetry.PARKED.inc()
        telemetry.logger("store").error(
            "stored a record that no message fits", sequence=raw.sequence, subject=raw.subject
        )
    return made
