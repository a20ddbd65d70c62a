"""`interlock gate`: how the gate stands, and its main switch."""

from __future__ import annotations

import click
from msgspec import Struct

from interlock.api import ask
from interlock.commands.allowing import allow, sure
from interlock.commands.showing import as_json, hand_down, of_account, show, written
from interlock.commands.standing import COLOURS, Standing, said
from interlock.table import table


class Today(Struct):
    entries: int
    exits: int
    denied: dict[str, int]


class RiskStatus(Struct):
    account: str
    active: bool
    state: str
    standing: list[Standing]
    today: Today
    rules: list[str]


@click.group(invoke_without_command=True)
@click.pass_context
@of_account
@as_json
def gate(ctx: click.Context, account: dict[str, str], *, as_json: bool) -> None:
    """Show how the gate stands; switch it off and on.

    With what it said today, and the rules that an entry is held against.
    """
    hand_down(ctx, {**account, "as_json": as_json})
    if ctx.invoked_subcommand is None:
        show(ask("GET", "/risk/status", params=account), RiskStatus, text, as_json=as_json)


def text(told: RiskStatus) -> str:
    today = told.today
    denied = ", ".join(f"{count} {code}" for code, count in sorted(today.denied.items())) or "none"
    rows = [
        ["gate", "active" if told.active else click.style("off", fg="red", bold=True)],
        ["state", click.style(told.state, fg=COLOURS.get(told.state))],
        *(["stops", said(one)] for one in told.standing),
        ["today", f"{today.entries} entries and {today.exits} exits approved; denied: {denied}"],
        ["rules", ", ".join(told.rules) or "none asked yet"],
    ]
    return table(["account", told.account], rows)


@gate.command()
@click.argument("why", nargs=-1, required=True)
@sure
@of_account
@as_json
def off(why: tuple[str, ...], account: dict[str, str], *, yes: bool, as_json: bool) -> None:
    """Switch the gate off, and say WHY.

    Nothing is entered, working entries are taken back, exits go on.
    """
    if not yes:
        click.confirm("nothing will be entered until the gate is switched on again; go on?", abort=True)
    body = {"confirm": "deactivate", "why": " ".join(why)}
    answer = ask("POST", "/risk/deactivate", body=body, params=account)
    written(answer, "the gate is off; `interlock gate on` switches it on again", as_json=as_json)


@gate.command()
@click.option("--why", default="", help="A word for the record.")
@sure
@of_account
@as_json
def on(why: str, account: dict[str, str], *, yes: bool, as_json: bool) -> None:
    """Switch the gate on again; halts and locks stand on."""
    allow("POST", "/risk/activate", {"why": why}, account, yes=yes, as_json=as_json)
