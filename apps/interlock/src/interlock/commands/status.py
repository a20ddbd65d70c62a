"""`interlock status`: how the whole stands."""

from __future__ import annotations

from datetime import datetime

import click
from msgspec import Struct

from interlock.api import ask
from interlock.commands.showing import as_json, moment, show
from interlock.commands.standing import COLOURS, Standing, said
from interlock.table import table


class Service(Struct):
    service: str
    version: str
    age: float
    waiting_for: list[str]


class Drift(Struct):
    difference: str
    symbol: str
    ours: str
    theirs: str
    freezes: bool = False


class Status(Struct):
    profile: str
    mode: str
    state: str
    standing: list[Standing]
    market_time: datetime | None
    session: str
    services: list[Service]
    missing: list[str]
    last_sequence: int
    audit_through: int | None
    drifts: list[Drift] = []


@click.command()
@as_json
def status(*, as_json: bool) -> None:
    """Show profile, mode, state, market time and every service."""
    show(ask("GET", "/status"), Status, text, as_json=as_json)


def text(status: Status) -> str:
    market = f"{moment(status.market_time)} UTC, {status.session}" if status.market_time else "not known yet"
    audit = "does not answer" if status.audit_through is None else f"through {status.audit_through}"
    facts = [
        ["mode", status.mode],
        ["state", click.style(status.state, fg=COLOURS.get(status.state))],
        *(["stops", said(one)] for one in status.standing),
        ["market", market],
        ["log", f"{status.last_sequence} records, audit {audit}"],
        *(["differs", _difference(drift)] for drift in status.drifts),
    ]
    rows = [[s.service, s.version, _age(s.age), ", ".join(s.waiting_for) or "ready"] for s in status.services]
    rows += [[name, "", "", "not there"] for name in status.missing]
    return table(["profile", status.profile], facts) + "\n\n" + table(("SERVICE", "VERSION", "AGE", "IS"), rows, "AGE")


def _difference(drift: Drift) -> str:
    held = ", entries wait for a resume" if drift.freezes else ""
    return f"{drift.symbol} {drift.difference}: ours {drift.ours or '-'}, the broker's {drift.theirs or '-'}{held}"


def _age(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
