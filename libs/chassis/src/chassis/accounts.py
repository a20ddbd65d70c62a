"""Which accounts an installation trades."""

from __future__ import annotations

import re

from msgspec import Struct

from chassis.settings import SettingsError
from contracts.control import EVERYONE
from contracts.values import SUBJECT_SAFE, Token


class Accounts(Struct, frozen=True, kw_only=True):
    """`accounts` lists several, parted by commas; without it there is the one `account`."""

    account: Token = "paper"
    accounts: str = ""


def names(settings: Accounts) -> tuple[str, ...]:
    """Name them, the first is meant where none is named; raise `SettingsError` where the list makes no sense."""
    listed = tuple(name.strip() for name in settings.accounts.split(",") if name.strip()) or (settings.account,)
    for name in listed:
        if re.fullmatch(SUBJECT_SAFE, name) is None or name == EVERYONE:
            raise SettingsError(f"ACCOUNTS holds {name!r}, expected letters, digits, - or _, and not {EVERYONE!r}")
        if alike := [other for other in listed if variable(other) == variable(name)][1:]:
            raise SettingsError(f"ACCOUNTS holds {name!r} and {alike[0]!r}, expected names that differ")
    return listed


def variable(account: str) -> str:
    """Spell an account as the end of its variables: growth-2 is _GROWTH_2."""
    return f"_{account.upper().replace('-', '_')}"
