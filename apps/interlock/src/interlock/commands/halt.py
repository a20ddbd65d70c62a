"""`interlock halt`: stop entries."""

from __future__ import annotations

import click

from interlock.api import ask
from interlock.commands.showing import Controlled, as_json, controlled, show


@click.command()
@click.option("--why", default="", help="A word for the record.")
@as_json
def halt(why: str, *, as_json: bool) -> None:
    """Stop all entries at once; exits go on."""
    show(ask("POST", "/halt", body={"why": why}), Controlled, controlled, as_json=as_json)
