"""`interlock resolve ID`: let go of an order in doubt."""

from __future__ import annotations

import click

from interlock.api import ask
from interlock.commands.showing import as_json, of_account, written


@click.command()
@click.argument("id")
@click.option("--why", required=True, help="What you saw at the broker, for the record.")
@of_account
@as_json
def resolve(id: str, why: str, account: dict[str, str], *, as_json: bool) -> None:  # noqa: A002 - the name that people read in the help
    """Let go of an order in doubt that never arrived.

    It is unknown whether the broker has it: look at the broker's own page first.

    The executor asks the broker once more; an order that shows up after all is taken as it is.
    """
    body = {"outcome": "never_arrived", "why": why}
    answer = ask("POST", f"/orders/{id}/resolve", body=body, params=account)
    written(answer, f"let go of; `interlock why {id}` tells what the broker says", as_json=as_json)
