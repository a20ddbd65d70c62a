"""Bring the database up to date: roles, schema, migrations. `python -m audit.migrate`, safe to repeat."""

from __future__ import annotations

import hashlib
import sys
import time
from importlib.resources import files

import psycopg
from msgspec import Struct
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from chassis.settings import SettingsError, load

LOCK = 0x1A7E_710C_0A0D_1702
PATIENCE_SECONDS = 30.0
WRITERS = "audit_writers"


class Settings(Struct, frozen=True, kw_only=True):
    """`database_admin_url` names a user who may make roles and tables, `database_url` the writer with its password."""

    database_url: str
    database_admin_url: str


class MigrationError(Exception):
    """The database is not what the migrations can be applied to; the text is for people."""


class Migration(Struct, frozen=True):
    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def shipped() -> list[Migration]:
    """List the migrations of this release, oldest first."""
    found = (file for file in files("audit").joinpath("migrations").iterdir() if file.name.endswith(".sql"))
    migrations = (Migration(int(f.name.split("_")[0]), f.name, f.read_text(encoding="utf-8")) for f in found)
    return sorted(migrations, key=lambda migration: migration.version)


def migrate(settings: Settings, migrations: list[Migration]) -> list[str]:
    """Apply what is missing and give the names; raise `MigrationError` where history does not fit."""
    with _connected(settings.database_admin_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        _make_roles(connection, settings)
        with connection.transaction():
            connection.execute("CREATE SCHEMA IF NOT EXISTS audit")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS audit.schema_migrations (version integer PRIMARY KEY, name text NOT NULL,"
                " checksum text NOT NULL, applied timestamptz NOT NULL DEFAULT now())"
            )
        missing = _missing(connection, migrations)
        for migration in missing:
            _apply(connection, migration)
        return [migration.name for migration in missing]


def _connected(url: str) -> Connection[TupleRow]:
    """Connect, waiting for a database that is still starting."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(url, autocommit=True, connect_timeout=5, application_name="migrate")
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _make_roles(connection: Connection[TupleRow], settings: Settings) -> None:
    """Make the writer, who logs in, and the group that the privileges are given to."""
    writer = conninfo_to_dict(settings.database_url)
    name, password = str(writer.get("user") or ""), str(writer.get("password") or "")
    if not (name and password):
        raise MigrationError("DATABASE_URL names no user with a password, expected the audit's writer")
    if name == connection.info.user:
        raise MigrationError(f"DATABASE_URL names the administrator {name}, expected a user who may only insert")
    # Hashed here, so that the password stands in no log of the server.
    secret = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    role, group = sql.Identifier(name), sql.Identifier(WRITERS)
    with connection.transaction():
        _make_role(connection, WRITERS)
        _make_role(connection, name)
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(secret)))
        connection.execute(sql.SQL("GRANT {} TO {}").format(group, role))


def _make_role(connection: Connection[TupleRow], name: str) -> None:
    standing = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    if standing is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    elif standing[0]:
        raise MigrationError(f"{name} is a superuser, expected a user who may only insert")


def _missing(connection: Connection[TupleRow], migrations: list[Migration]) -> list[Migration]:
    applied = dict(connection.execute("SELECT version, checksum FROM audit.schema_migrations").fetchall())
    known = {migration.version: migration for migration in migrations}
    for version, checksum in applied.items():
        if version not in known:
            raise MigrationError(f"the database has migration {version}, this release ends at {max(known)}")
        if known[version].checksum != checksum:
            raise MigrationError(f"{known[version].name} is not what was applied: write a new migration instead")
    return [migration for migration in migrations if migration.version not in applied]


def _apply(connection: Connection[TupleRow], migration: Migration) -> None:
    with connection.transaction():
        connection.execute(migration.text.encode())
        connection.execute(
            "INSERT INTO audit.schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
            (migration.version, migration.name, migration.checksum),
        )


def main() -> int:
    try:
        for name in migrate(load(Settings), shipped()):
            print(f"migrate: {name} applied")  # noqa: T201 - a one-shot command speaks to its terminal
    except (SettingsError, MigrationError, psycopg.Error) as e:
        print(f"migrate: {str(e).strip()}", file=sys.stderr)  # noqa: T201 - a one-shot command speaks to its terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
