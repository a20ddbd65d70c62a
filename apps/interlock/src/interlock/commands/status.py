"""`interlock status`: how the whole stands."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import click
from msgspec import Struct

from interlock.api import ask
from interlock.commands.showing import as_json, moment, money, number, of_account, show
from interlock.commands.standing import COLOURS, Standing, said
from interlock.table import table

ACCOUNT_HEADS = ("ACCOUNT", "MODE", "STATE", "EQUITY", "POSITIONS")


class Service(Struct):
    service: str
    version: str
    age: float
    waiting_for: list[str]
    account: str = ""


class Drift(Struct):
    difference: str
    symbol: str
    ours: str
    theirs: str
    freezes: bool = False


class Account(Struct):
    account: str
    mode: str
    state: str
    equity: Decimal | None
    positions: int | None


class Unprotected(Struct):
    symbol: str
    qty: Decimal
    since: datetime


class Coverage(Struct, frozen=True):
    now: tuple[Unprotected, ...] = ()
    fills: int = 0
    p50: float | None = None
    p99: float | None = None
    most: float | None = None


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
    account: str = ""
    dry_run: bool = False
    drifts: list[Drift] = []
    accounts: list[Account] = []
    coverage: Coverage = Coverage()


@click.command()
@of_account
@as_json
def status(account: dict[str, str], *, as_json: bool) -> None:
    """Show profile, mode, state, market time and every service."""
    show(ask("GET", "/status", params=account), Status, text, as_json=as_json)


def text(status: Status) -> str:
    market = f"{moment(status.market_time)} UTC, {status.session}" if status.market_time else "not known yet"
    audit = "does not answer" if status.audit_through is None else f"through {status.audit_through}"
    several = len(status.accounts) > 1
    facts = [
        *([["account", status.account]] if several else []),
        *([["dry run", "orders are played here, none is sent"]] if status.dry_run else []),
        ["mode", status.mode],
        ["state", click.style(status.state, fg=COLOURS.get(status.state))],
        *(["stops", said(one)] for one in status.standing),
        *(unprotected(one) for one in status.coverage.now),
        ["market", market],
        *([["protected", within(status.coverage)]] if status.coverage.fills else []),
        ["log", f"{status.last_sequence} records, audit {audit}"],
        *(["differs", _difference(drift)] for drift in status.drifts),
    ]
    rows = [
        [_service(s, several=several), s.version, _age(s.age), ", ".join(s.waiting_for) or "ready"]
        for s in status.services
    ]
    rows += [[name, "", "", "not there"] for name in status.missing]
    accounts = table(ACCOUNT_HEADS, [_account(one) for one in status.accounts], "EQUITY POSITIONS")
    parts = [
        table(["profile", status.profile], facts),
        *([accounts] if several else []),
        table(("SERVICE", "VERSION", "AGE", "IS"), rows, "AGE"),
    ]
    return "\n\n".join(parts)


def unprotected(one: Unprotected) -> list[str]:
    what = f"{number(one.qty)} {one.symbol} since {moment(one.since)}: no order at the broker protects or sells them"
    return ["unprotected", click.style(what, fg="red", bold=True)]


def within(told: Coverage) -> str:
    half, most_of, longest = (f"{value or 0:.2f} s" for value in (told.p50, told.p99, told.most))
    fills = f"{told.fills} fill{'s' * (told.fills != 1)}"
    return f"half of the last {fills} within {half} of market time, 99 % within {most_of}, all within {longest}"


def _service(one: Service, *, several: bool) -> str:
    return f"{one.service}.{one.account}" if several and one.account else one.service


def _account(one: Account) -> list[str]:
    equity = "not known yet" if one.equity is None else money(one.equity)
    return [one.account, one.mode, one.state, equity, "" if one.positions is None else str(one.positions)]


def _difference(drift: Drift) -> str:
    held = ", entries wait for a resume" if drift.freezes else ""
    return f"{drift.symbol} {drift.difference}: ours {drift.ours or '-'}, the broker's {drift.theirs or '-'}{held}"


def _age(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
