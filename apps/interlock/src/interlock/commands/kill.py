"""`interlock kill`: the kill switch."""

from __future__ import annotations

import click

from interlock.api import ask
from interlock.commands.leaving import external, wait, watch
from interlock.commands.showing import as_json, of_account


@click.command()
@click.argument("why", nargs=-1)
@external
@wait
@of_account
@as_json
def kill(why: tuple[str, ...], wait: float, account: dict[str, str], *, external: bool, as_json: bool) -> None:
    """Halt, take every entry back, leave every position.

    Watch until the broker says that nothing is left. It asks no questions. The exit code is 1 where something remains;
    it goes on then. `interlock resume` ends the halt.
    """
    params = account | ({"external": "true"} if external else {})
    watch(ask("POST", "/commands/kill-switch", body={"why": " ".join(why)}, params=params), wait, as_json=as_json)
