"""`interlock mode`: who executes."""

from __future__ import annotations

import click

from interlock.api import ask
from interlock.commands.showing import as_json, of_account, written

FOLLOWS = {
    "manual": "only a person's own trades go on; signals are judged and shown",
    "auto": "signals that pass the gate are traded",
}


@click.command()
@click.argument("wanted", metavar="[manual|auto]", type=click.Choice(tuple(FOLLOWS)))
@click.option("--why", default="", help="A word for the record.")
@of_account
@as_json
def mode(wanted: str, why: str, account: dict[str, str], *, as_json: bool) -> None:
    """Let a person (manual) or the machine (auto) execute."""
    answer = ask("POST", "/set-mode", body={"mode": wanted, "why": why}, params=account)
    written(answer, FOLLOWS[wanted], as_json=as_json)
