"""`interlock down`: stop what `up` started elsewhere."""

from __future__ import annotations

import os
import sys

import click

from interlock.stack.down import down as bring_down
from interlock.stack.refusal import StackError


@click.command()
def down() -> None:
    """Stop what `interlock up` started."""
    try:
        click.echo(bring_down(dict(os.environ)))  # noqa: TID251 - it must look where `up` was told to
    except StackError as e:
        sys.exit(f"interlock: {e}")
