"""`interlock locks`: what holds entries for a while."""

from __future__ import annotations

import click
from msgspec import Struct

from interlock.api import ask
from interlock.commands.allowing import allow, sure
from interlock.commands.showing import as_json, hand_down, moment, of_account, show, written
from interlock.commands.standing import Standing
from interlock.table import table

HEADS = ("ID", "LEVEL", "SYMBOL", "STRATEGY", "SINCE (MARKET)", "UNTIL (MARKET)", "BY", "REASON")


class Locks(Struct):
    locks: list[Standing]


@click.group(invoke_without_command=True)
@click.pass_context
@of_account
@as_json
def locks(ctx: click.Context, account: dict[str, str], *, as_json: bool) -> None:
    """Show what holds entries for a while; add and remove it.

    These are the gate's own locks, and people's halts with an end.
    """
    hand_down(ctx, {**account, "as_json": as_json})
    if ctx.invoked_subcommand is None:
        show(ask("GET", "/locks", params=account), Locks, text, as_json=as_json)


def text(answer: Locks) -> str:
    return table(HEADS, [_row(one) for one in answer.locks]) if answer.locks else "no locks"


def _row(one: Standing) -> list[str]:
    until = moment(one.until) or "a resume"
    return [one.id, one.level, one.symbol, one.strategy, moment(one.since), until, one.by, one.reason]


@locks.command()
@click.argument("why", nargs=-1)
@click.option("--minutes", type=click.IntRange(1), required=True, help="How long, in minutes of market time.")
@click.option("--symbol", default="", help="Only entries into this symbol.")
@click.option("--strategy", default="", help="Only this strategy's entries.")
@of_account
@as_json
def add(
    why: tuple[str, ...], minutes: int, symbol: str, strategy: str, account: dict[str, str], *, as_json: bool
) -> None:
    """Hold entries for a while, and say WHY.

    Those that are working stay, exits go on.
    """
    body: dict[str, object] = {"why": " ".join(why), "minutes": minutes, "symbol": symbol, "strategy": strategy}
    answer = ask("POST", "/locks", body=body, params=account)
    written(answer, "locked; `interlock locks` shows until when, `interlock resume` ends it", as_json=as_json)


@locks.command()
@click.argument("id")
@click.option("--why", default="", help="A word for the record.")
@sure
@of_account
@as_json
def remove(
    id: str,  # noqa: A002 - the name that people read in the help
    why: str,
    account: dict[str, str],
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """End a lock before its time."""
    allow("DELETE", f"/locks/{id}", {"why": why}, account, yes=yes, as_json=as_json)
