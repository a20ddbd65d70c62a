"""`interlock resume`: allow entries again."""

from __future__ import annotations

import click

from interlock.commands.allowing import allow, sure
from interlock.commands.showing import as_json, of_account


@click.command()
@click.option("--strategy", default="", help="Only what is about this strategy.")
@click.option("--symbol", default="", help="Only what is about this symbol.")
@click.option("--id", "name", default="", help="Only this halt, lock or drift.")
@click.option("--why", default="", help="A word for the record.")
@sure
@of_account
@as_json
def resume(  # noqa: PLR0913 - each parameter is an option of the command
    strategy: str, symbol: str, name: str, why: str, account: dict[str, str], *, yes: bool, as_json: bool
) -> None:
    """Allow entries again, in two steps.

    Show what would end, ask, and end exactly that. A gate that is off is switched on by `interlock gate on`.
    """
    body = {"strategy": strategy, "symbol": symbol, "id": name, "why": why}
    allow("POST", "/resume", body, account, yes=yes, as_json=as_json)
