"""`interlock halt`: stop entries."""

from __future__ import annotations

import click

from interlock.api import ask
from interlock.commands.showing import as_json, of_account, written


@click.command()
@click.argument("why", nargs=-1)
@click.option("--strategy", default="", help="Only this strategy's entries.")
@click.option("--symbol", default="", help="Only entries into this symbol.")
@click.option("--reducing", is_flag=True, help="Let entries that are working be; HALTED takes them back.")
@click.option("--minutes", type=click.IntRange(1), help="End by itself after so many minutes of market time.")
@of_account
@as_json
def halt(  # noqa: PLR0913 - each parameter is an option of the command
    why: tuple[str, ...],
    strategy: str,
    symbol: str,
    minutes: int | None,
    account: dict[str, str],
    *,
    reducing: bool,
    as_json: bool,
) -> None:
    """Stop entries at once, and say WHY; exits go on."""
    body: dict[str, object] = {"why": " ".join(why), "strategy": strategy, "symbol": symbol}
    if reducing:
        body["level"] = "REDUCING"
    if minutes is not None:
        body["minutes"] = minutes
    answer = ask("POST", "/halt", body=body, params=account)
    written(answer, "entries stop, exits go on; `interlock resume` ends it", as_json=as_json)
