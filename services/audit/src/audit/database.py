"""Connections to the database, and what it means when they fail."""

from __future__ import annotations

from psycopg import AsyncConnection, OperationalError, errors
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

AWAY = (OperationalError, errors.UndefinedTable, errors.InvalidSchemaName, errors.InsufficientPrivilege)
"""What waiting mends: no database, or one that is not migrated yet."""

CONNECT_SECONDS = 5

# A machine that is gone is given up after 5 s + 3 * 5 s, by both sides: a dead writer's session holds the lock.
_OPTIONS = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


async def connect(url: str, name: str, options: str = "") -> AsyncConnection[TupleRow]:
    """Connect, every statement a transaction of its own."""
    told = make_conninfo(
        url, application_name=name, options=f"{_OPTIONS} {options}", connect_timeout=CONNECT_SECONDS,
        keepalives_idle=5, keepalives_interval=5, keepalives_count=3, tcp_user_timeout=20_000,
    )  # fmt: skip
    return await AsyncConnection.connect(told, autocommit=True)
