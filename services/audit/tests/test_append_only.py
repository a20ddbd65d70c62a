from __future__ import annotations

from typing import Any, Protocol

import psycopg
import pytest
from psycopg import errors

INSERT = (
    "INSERT INTO audit.records (log, sequence, at, subject, kind, account, refs, cause, trace, number, data)"
    " VALUES (1, 1, now(), 'signals.ws.a', '', '', '{}', 0, '', 0, '')"
)
CHANGES = (
    "UPDATE audit.records SET subject = 'another'",
    "UPDATE audit.records SET subject = 'another' WHERE false",
    "DELETE FROM audit.records",
    "TRUNCATE audit.records",
    f"{INSERT} ON CONFLICT (log, sequence) DO UPDATE SET subject = 'another'",
    "MERGE INTO audit.records USING (VALUES (1)) AS v (n) ON records.sequence = v.n WHEN MATCHED THEN DELETE",
    "UPDATE audit.logs SET identity = 'another'",
    "DELETE FROM audit.logs",
    "TRUNCATE audit.logs CASCADE",
)
ONLY_THE_OWNER = (
    "ALTER TABLE audit.records DISABLE TRIGGER ALL",
    "DROP TABLE audit.records",
    "CREATE OR REPLACE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE TABLE audit.more (n int)",
    "DELETE FROM audit.schema_migrations",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
)


class Database(Protocol):
    @property
    def admin(self) -> str: ...
    @property
    def writer(self) -> str: ...
    def rows(self, query: str) -> list[tuple[Any, ...]]: ...


@pytest.fixture
def filled(database: Database) -> Database:
    with psycopg.connect(database.writer) as connection:
        connection.execute("INSERT INTO audit.logs (identity) VALUES ('first')")
        connection.execute(INSERT)
    return database


def stands(database: Database) -> bool:
    return database.rows("SELECT subject, identity FROM audit.records JOIN audit.logs USING (log)") == [
        ("signals.ws.a", "first")
    ]


def test_the_writer_may_only_insert_and_select(filled: Database):
    with psycopg.connect(filled.writer, autocommit=True) as connection:
        for change in (*CHANGES, *ONLY_THE_OWNER):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(change.encode())
            assert stands(filled), change


def test_a_superuser_changes_no_row_however_the_session_treats_triggers(filled: Database):
    with psycopg.connect(filled.admin, autocommit=True) as connection:
        for role in ("origin", "replica", "local"):
            connection.execute(f"SET session_replication_role = {role}".encode())
            for change in CHANGES:
                with pytest.raises(errors.InsufficientPrivilege, match=r"audit\.\w+ is append-only"):
                    connection.execute(change.encode())
                assert stands(filled), (role, change)


def test_a_sequence_is_stored_once(filled: Database):
    with psycopg.connect(filled.writer) as connection, pytest.raises(errors.UniqueViolation):
        connection.execute(INSERT.encode())
