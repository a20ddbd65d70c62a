"""`interlock flatten`: leave every position, or one."""

from __future__ import annotations

import click

from interlock.api import ask
from interlock.commands.leaving import external, follow, wait, watch
from interlock.commands.showing import as_json, of_account


@click.command()
@click.argument("symbol", default="")
@click.option("--why", default="", help="A word for the record.")
@click.option("--look", default="", metavar="ID", help="Order nothing: watch what was ordered before.")
@external
@wait
@of_account
@as_json
def flatten(  # noqa: PLR0913 - each parameter is an option of the command
    symbol: str, why: str, look: str, wait: float, account: dict[str, str], *, external: bool, as_json: bool
) -> None:
    """Leave every position, or that in SYMBOL.

    Watch until the broker says that nothing is left.

    Entries that are working stay: `interlock kill` ends those too. The exit code is 1 where something remains.
    """
    if look:
        follow([look], wait, as_json=as_json)
        return
    params = account | ({"symbol": symbol.upper()} if symbol else {}) | ({"external": "true"} if external else {})
    watch(ask("POST", "/positions/flatten", body={"why": why}, params=params), wait, as_json=as_json)
