"""The folder that a stack lives in: what lies where, and whether it can be used."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from interlock.stack.refusal import StackError

MEGABYTE = 1_000_000
NEEDED_BYTES = 200 * MEGABYTE


class Home(Struct, frozen=True):
    """The paths of one stack."""

    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def nats(self) -> Path:
        return self.root / "nats"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def exchange(self) -> Path:
        return self.root / "exchange"

    @property
    def dry_run(self) -> Path:
        return self.root / "dry-run"

    @property
    def api_key(self) -> Path:
        return self.root / "api-key"

    @property
    def account(self) -> Path:
        """Whose log this is, a line for each account."""
        return self.root / "account"

    @property
    def state(self) -> Path:
        """Who supervises, and at which addresses its parts answer."""
        return self.run / "stack.json"


def home(environ: Mapping[str, str]) -> Home:
    return Home(Path(environ.get("INTERLOCK_HOME") or ".interlock").expanduser().absolute())


def prepare(home: Home) -> None:
    """Make the folders, or refuse with the reason."""
    for folder in (home.root, home.run, home.logs, home.secrets, home.nats, home.exchange):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as e:
            raise StackError(f"cannot make the folder {folder}: {(e.strerror or 'unknown').lower()}") from e
    check_space(home)


def check_space(home: Home, needed: int = NEEDED_BYTES) -> None:
    """Refuse a disk that is full or will be in a moment."""
    free = shutil.disk_usage(home.root).free
    if free < needed:
        raise StackError(
            f"the disk of {home.root} is full: {free // MEGABYTE} MB are free, "
            f"at least {needed // MEGABYTE} MB are needed (INTERLOCK_HOME names another place)"
        )


def check_accounts(home: Home, traded: tuple[str, ...]) -> None:
    """Refuse a folder whose log tells of an account that is not traded where it was: its positions are looked for.

    One more may join; one that is to leave is taken out of the file by a person.
    """
    held = home.account.read_text().splitlines() if home.account.exists() else []
    if lost := [line for line in held if line not in traded]:
        raise StackError(
            f"{home.root} holds the log of {', '.join(lost)}, and {', '.join(traded)} is asked for: "
            f"set INTERLOCK_HOME to another folder, or delete this one"
        )
