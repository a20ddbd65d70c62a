"""What stops entries, as every command shows it."""

from __future__ import annotations

from datetime import datetime

import click
from msgspec import Struct

COLOURS = {"ACTIVE": "green", "REDUCING": "yellow", "HALTED": "red"}


class Standing(Struct):
    id: str
    kind: str
    level: str
    scope: str
    reason: str
    by: str
    ends: str
    strategy: str = ""
    symbol: str = ""
    since: datetime | None = None
    until: datetime | None = None


def said(one: Standing) -> str:
    """Say it in a sentence, with how it ends; a gate that is off stands out."""
    # The gate's own locks say it in their reason.
    text = what(one) if one.kind == "lock" else f"{what(one)} (ends: {one.ends})"
    return click.style(text, fg="red", bold=True) if one.kind == "gate" else text


def what(one: Standing) -> str:
    about = " ".join(part for part in (one.symbol, one.strategy) if part) or "everything"
    reason = f": {one.reason}" if one.reason else ""
    whose = "" if one.scope == "all" else f" of {one.scope}"
    if one.kind == "gate":
        return f"the gate{whose} was switched off by {one.by}{reason}"
    return f"{one.level} {about}{whose}, {one.kind} by {one.by}{reason}"
