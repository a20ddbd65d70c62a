"""`interlock resume`: allow entries again."""

from __future__ import annotations

import click

from interlock.api import ask
from interlock.commands.showing import Controlled, as_json, controlled, show


@click.command()
@click.option("--why", default="", help="A word for the record.")
@as_json
def resume(why: str, *, as_json: bool) -> None:
    """Allow entries again."""
    show(ask("POST", "/resume", body={"why": why}), Controlled, controlled, as_json=as_json)
