"""The environment, read once, as one frozen Struct per process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

S = TypeVar("S", bound=Struct)

ALIASES = {
    "ALPACA_API_SECRET": ("ALPACA_SECRET_KEY",),
    "ALPACA_BASE_URL": ("ALPACA_ENDPOINT", "ALPACA_TRADING_BASE_URL"),
    "DEFAULT_QUANTITY": ("ORDER_QTY",),
    "TP_PCT": ("TARGET_PCT",),
    "TRADIER_TOKEN": ("TRADIER_ACCESS_TOKEN",),
    "TRADIER_ACCOUNT": ("TRADIER_ACCOUNT_ID",),
}
"""Other names that people know a variable by; our own wins where both are set."""


class SettingsError(Exception):
    """The environment does not say what a process needs; the text is for the person who set it."""


def load(settings: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Fill a Struct from the environment: the field `nats_url` from `NATS_URL`; empty means not set."""
    source = os.environ if environ is None else environ  # noqa: TID251 - this is the one place that reads it
    given = {
        field.name: text for field in msgspec.structs.fields(settings) if (text := _text(source, field.name.upper()))
    }
    missing = [f.name.upper() for f in msgspec.structs.fields(settings) if f.required and f.name not in given]
    if missing:
        raise SettingsError(f"missing in the environment: {', '.join(missing)}")
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(settings):
        if field.name in given:
            values[field.name] = _value(field.name.upper(), given[field.name], field.type)
    return settings(**values)


def beginning(prefix: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give what is set under names that begin so, such as `QTY_` for one variable of each symbol."""
    source = os.environ if environ is None else environ  # noqa: TID251 - this is the one place that reads it
    return {name: text.strip() for name, text in source.items() if name.startswith(prefix) and text.strip()}


def _text(source: Mapping[str, str], name: str) -> str:
    names = (name, *ALIASES.get(name, ()))
    return next((text for n in names if (text := source.get(n, "").strip())), "")


def _value(name: str, text: str, kind: object) -> object:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as e:
        raise SettingsError(f"{name} was {text!r}: {str(e).lower()}") from e
