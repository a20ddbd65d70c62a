"""Limits that variables of the environment set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from api_gateway.limits.fields import MEANINGS, Wrong, variable
from api_gateway.limits.layout import ALL, Layout, Place, Table, merged, table
from chassis.settings import SettingsError, beginning, load
from contracts.control import ENVIRONMENT

LimitSettings: type[Struct] = msgspec.defstruct(
    "LimitSettings", [(variable(name).lower(), str, "") for name in MEANINGS], frozen=True, kw_only=True
)
"""Every limit under the name of its variable, as text."""

# The longer of two that begin alike comes first.
BY_SYMBOL = {
    "QTY_": "default_quantity",
    "STOP_": "stop_fraction",
    "TP_": "target_fraction",
    "TRAIL_ACT_": "trail_activation",
    "TRAIL_": "trail_fraction",
}
"""How variables of one symbol begin, and which limit each sets."""

_MEANT = {"default_quantity": {"sizing": "quantity"}, "stop_fraction": {"stop_dollars": "0"}}
"""What must be said as well, or another way to say the same would still count."""
_SYMBOL_IN_A_NAME = re.compile(r"[A-Z][A-Z0-9]{0,9}(_[A-Z0-9]{1,5})?")
_KNOWN = frozenset(map(variable, MEANINGS))


def layout(environ: Mapping[str, str] | None = None) -> Layout:
    """Read the environment; raise `SettingsError` with all that makes no sense in it."""
    texts = msgspec.structs.asdict(load(LimitSettings, environ))
    named = {name: text for name in MEANINGS if (text := texts[variable(name).lower()])}
    settings, wrong = table(named, ALL, ENVIRONMENT, variable)
    of_all = Table(settings, tuple(Wrong(variable(one.field), one.was, one.what) for one in wrong))
    tables = [(ALL, of_all), *_of_symbols(environ)]
    if problems := [one.text for _, found in tables for one in found.wrong]:
        raise SettingsError("; ".join(problems))
    return merged(*({place: found.settings} for place, found in tables if found.settings))


def prefix_of(name: str) -> str:
    """Say how the name of a variable of one symbol begins; nothing where it is none."""
    return "" if name in _KNOWN else next((prefix for prefix in BY_SYMBOL if name.startswith(prefix)), "")


def _of_symbols(environ: Mapping[str, str] | None) -> Iterator[tuple[Place, Table]]:
    for prefix, field in BY_SYMBOL.items():
        for name, text in sorted(beginning(prefix, environ).items()):
            if prefix_of(name) == prefix:
                yield _of_symbol(name, prefix, {field: text, **_MEANT.get(field, {})})


def _of_symbol(name: str, prefix: str, given: Mapping[str, str]) -> tuple[Place, Table]:
    symbol = name.removeprefix(prefix)
    if _SYMBOL_IN_A_NAME.fullmatch(symbol) is None:
        what = f"was expected to end with a symbol, such as {prefix}AAPL or {prefix}BRK_B"
        return ALL, Table({}, (Wrong(name, "", what),))
    place = Place(symbol=symbol.replace("_", "."))
    settings, wrong = table(given, place, ENVIRONMENT, lambda _: name)
    return place, Table(settings, tuple(Wrong(name, one.was, one.what) for one in wrong))
