"""Limits that variables of the environment set."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from api_gateway.limits.fields import MEANINGS, Wrong, variable
from api_gateway.limits.layout import ALL, Layout, Place, Table, table
from chassis.settings import SettingsError, beginning, load
from contracts.control import ENVIRONMENT

LimitSettings: type[Struct] = msgspec.defstruct(
    "LimitSettings", [(variable(name).lower(), str, "") for name in MEANINGS], frozen=True, kw_only=True
)
"""Every limit under the name of its variable, as text."""

QUANTITY_OF = "QTY_"
_SYMBOL_IN_A_NAME = re.compile(r"[A-Z][A-Z0-9]{0,9}(_[A-Z0-9]{1,5})?")


def layout(environ: Mapping[str, str] | None = None) -> Layout:
    """Read the environment; raise `SettingsError` with all that makes no sense in it."""
    texts = msgspec.structs.asdict(load(LimitSettings, environ))
    named = {name: text for name in MEANINGS if (text := texts[variable(name).lower()])}
    tables = {ALL: table(named, ALL, ENVIRONMENT, variable)}
    for name, text in sorted(beginning(QUANTITY_OF, environ).items()):
        place = Place(symbol=_symbol(name))
        tables[place] = _quantity(name, text, place)
    if problems := [_text(one) for found in tables.values() for one in found.wrong]:
        raise SettingsError("; ".join(problems))
    return {place: found.settings for place, found in tables.items() if found.settings}


def _symbol(name: str) -> str:
    symbol = name.removeprefix(QUANTITY_OF)
    if _SYMBOL_IN_A_NAME.fullmatch(symbol) is None:
        raise SettingsError(f"{name} was expected to end with a symbol, such as QTY_AAPL or QTY_BRK_B")
    return symbol.replace("_", ".")


def _quantity(name: str, text: str, place: Place) -> Table:
    given = {"default_quantity": text, "sizing": "quantity"}
    settings, wrong = table(given, place, ENVIRONMENT, lambda _: name)
    return Table(settings, tuple(Wrong(name, one.was, one.what) for one in wrong))


def _text(wrong: Wrong) -> str:
    return Wrong(variable(wrong.field), wrong.was, wrong.what).text
