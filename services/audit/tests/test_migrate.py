from __future__ import annotations

import subprocess
import sys
from typing import Any, Protocol

import msgspec
import psycopg
import pytest

from audit.migrate import Migration, MigrationError, Settings, migrate, shipped


class Server(Protocol):
    def url(self, user: str = ...) -> str: ...


def settings(postgres: Server, writer: str = "audit_writer") -> Settings:
    return Settings(database_url=postgres.url(writer), database_admin_url=postgres.url())


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_new_database_gets_every_migration_and_an_old_one_none(postgres: Server):
    names = [migration.name for migration in shipped()]
    assert names[0] == "0001_records.sql"

    assert migrate(settings(postgres), shipped()) == names
    assert migrate(settings(postgres), shipped()) == []

    assert asked(postgres.url(), "SELECT name FROM audit.schema_migrations ORDER BY version") == [(n,) for n in names]
    assert asked(postgres.url("audit_writer"), "SELECT count(*) FROM audit.records") == [(0,)]


def test_only_what_is_missing_is_applied(postgres: Server):
    migrate(settings(postgres), shipped())
    more = Migration(version=900, name="0900_more.sql", text="CREATE TABLE audit.more (n int)")

    assert migrate(settings(postgres), [*shipped(), more]) == ["0900_more.sql"]

    assert asked(postgres.url(), "SELECT * FROM audit.more") == []


def test_a_migration_that_fails_leaves_nothing_of_itself(postgres: Server):
    bad = Migration(version=900, name="0900_bad.sql", text="CREATE TABLE audit.half (n int); SELECT 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(settings(postgres), [*shipped(), bad])

    assert asked(postgres.url(), "SELECT to_regclass('audit.half'), to_regclass('audit.records')::text") == [
        (None, "audit.records")
    ]
    assert migrate(settings(postgres), shipped()) == []


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(postgres: Server):
    migrate(settings(postgres), shipped())
    first, *rest = shipped()

    with pytest.raises(MigrationError, match=r"0001_records.sql is not what was applied"):
        migrate(settings(postgres), [msgspec.structs.replace(first, text=first.text + " "), *rest])


def test_a_database_of_a_later_release_is_refused(postgres: Server):
    migrate(settings(postgres), [*shipped(), Migration(version=900, name="0900_later.sql", text="SELECT 1")])

    with pytest.raises(MigrationError, match=r"has migration 900, this release ends at \d"):
        migrate(settings(postgres), shipped())


def test_the_writer_gets_the_password_of_its_url_also_when_that_changes(postgres: Server):
    changed = settings(postgres).database_url.replace(":test@", ":other%20word@")
    migrate(settings(postgres), shipped())

    migrate(Settings(database_url=changed, database_admin_url=postgres.url()), shipped())

    assert asked(changed, "SELECT current_user::text") == [("audit_writer",)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        asked(settings(postgres).database_url, "SELECT 1")


def test_a_writer_who_could_change_rows_is_refused(postgres: Server):
    with pytest.raises(MigrationError, match="names the administrator postgres"):
        migrate(settings(postgres, "postgres"), shipped())
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("CREATE ROLE boss SUPERUSER LOGIN")
    with pytest.raises(MigrationError, match="boss is a superuser"):
        migrate(settings(postgres, "boss"), shipped())


def test_the_command_says_what_it_did_or_what_is_wrong(postgres: Server):
    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "audit.migrate")
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    urls = {"DATABASE_URL": postgres.url("audit_writer"), "DATABASE_ADMIN_URL": postgres.url()}
    done, again, lost = run(**urls), run(**urls), run(DATABASE_URL=postgres.url("audit_writer"))

    assert (done.returncode, done.stdout, done.stderr) == (0, "migrate: 0001_records.sql applied\n", "")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert (lost.returncode, lost.stderr) == (1, "migrate: missing in the environment: DATABASE_ADMIN_URL\n")
