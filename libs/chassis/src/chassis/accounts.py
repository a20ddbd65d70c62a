"""Which accounts an installation trades."""

from __future__ import annotations

import re

from msgspec import Struct

from chassis.settings import SettingsError
from contracts.control import EVERYONE
from contracts.values import SUBJECT_SAFE, Token

DRY = "-dry"
"""The end of an account's name in a dry run: it is in every fact, and no real account has it."""


class Account(Struct, frozen=True, kw_only=True):
    """The account of one process."""

    account: Token = "paper"
    dry_run: bool = False


class Accounts(Account, frozen=True, kw_only=True):
    """`accounts` lists several, parted by commas; without it there is the one `account`."""

    accounts: str = ""


def own(settings: Account) -> str:
    """Name the account as the log does; raise `SettingsError` for a name that would mislead."""
    return _named(settings.account, dry_run=settings.dry_run)


def names(settings: Accounts) -> tuple[str, ...]:
    """Name them as the log does, the first is meant where none is named; raise `SettingsError` for a senseless list."""
    listed = tuple(name.strip() for name in settings.accounts.split(",") if name.strip()) or (settings.account,)
    for name in listed:
        if alike := [other for other in listed if variable(other) == variable(name)][1:]:
            raise SettingsError(f"ACCOUNTS holds {name!r} and {alike[0]!r}, expected names that differ")
    return tuple(_named(name, dry_run=settings.dry_run) for name in listed)


def _named(account: str, *, dry_run: bool) -> str:
    if is_dry(account):
        raise SettingsError(f"an account was called {account!r}, expected no {DRY} at its end: dry runs are named so")
    name = f"{account}{DRY}" if dry_run else account
    if re.fullmatch(SUBJECT_SAFE, name) is None or account == EVERYONE:
        what = f"expected at most 100 letters, digits, - or _, and not {EVERYONE!r}"
        raise SettingsError(f"an account was called {account!r}, {what}")
    return name


def is_dry(account: str) -> bool:
    return account.endswith(DRY)


def called(account: str) -> str:
    """Give the name that people know an account by, in a dry run too."""
    return account.removesuffix(DRY)


def variable(account: str) -> str:
    """Spell an account as the end of its variables: growth-2 is _GROWTH_2."""
    return f"_{account.upper().replace('-', '_')}"
