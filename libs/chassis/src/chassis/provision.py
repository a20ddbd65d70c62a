"""Make the stream and the buckets; the only thing that may, with a user of its own."""

from __future__ import annotations

import asyncio
import sys

from msgspec import Struct

from chassis.jetstream import api
from chassis.jetstream.connection import Connection, UnansweredError, connect
from chassis.permissions import LEASES, PLANS, PRESENCE, PROVIDERS, PROVISIONER, SNAPSHOTS
from chassis.settings import SettingsError, load
from contracts.channels import stream_subjects
from contracts.log import STREAM

NOT_FOUND = 10059


class Settings(Struct, frozen=True):
    """`log_max_bytes`: the log refuses facts beyond it, it never drops any."""

    nats_url: str
    log_max_bytes: int = 8 * 1024**3
    log_replicas: int = 1


def stream(settings: Settings) -> dict[str, object]:
    return {
        "name": STREAM,
        "subjects": list(stream_subjects()),
        "storage": "file",
        "retention": "limits",
        # Refuse, never drop.
        "discard": "new",
        "max_bytes": settings.log_max_bytes,
        "max_msgs": -1,
        "max_age": 0,
        "max_consumers": -1,
        "num_replicas": settings.log_replicas,
        "deny_delete": True,
        "deny_purge": True,
        "allow_rollup_hdrs": False,
        "allow_msg_ttl": True,
        "allow_atomic": True,
        # A scheduled message may be sent to another subject of the stream, past the publish allow-lists.
        "allow_msg_schedules": False,
        "allow_direct": False,
    }


def bucket(name: str, replicas: int) -> dict[str, object]:
    return {
        "name": f"KV_{name}",
        "subjects": [f"$KV.{name}.>"],
        "storage": "file",
        "discard": "new",
        "max_msgs_per_subject": 1,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_age": 0,
        "num_replicas": replicas,
        "allow_msg_ttl": True,
        "allow_rollup_hdrs": False,
        "allow_direct": False,
    }


async def provision(connection: Connection, settings: Settings) -> None:
    """Create what is missing and bring the rest up to date; safe to repeat."""
    buckets = (bucket(name, settings.log_replicas) for name in (SNAPSHOTS, PRESENCE, LEASES, PROVIDERS, PLANS))
    for config in (stream(settings), *buckets):
        await _ensure(connection, config)


async def _ensure(connection: Connection, config: dict[str, object]) -> None:
    name = config["name"]
    try:
        await api.call(connection, f"STREAM.INFO.{name}")
    except api.ApiRefusedError as e:
        if e.error.err_code != NOT_FOUND:
            raise
        await api.call(connection, f"STREAM.CREATE.{name}", config)
    else:
        await api.call(connection, f"STREAM.UPDATE.{name}", config)


async def _main() -> None:
    settings = load(Settings)
    connection = await connect(settings.nats_url, PROVISIONER)
    try:
        await provision(connection, settings)
    finally:
        await connection.close()


def main() -> int:
    try:
        asyncio.run(_main())
    except (SettingsError, UnansweredError, api.ApiRefusedError) as e:
        print(f"provision: {e}", file=sys.stderr)  # noqa: T201 - a one-shot command speaks to its terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
