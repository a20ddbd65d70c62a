"""`interlock up`: start everything and stay with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from chassis.settings import SettingsError
from interlock.stack.refusal import StackError
from interlock.stack.up import up as bring_up


@click.command()
def up() -> None:
    """Start everything and keep it running until Ctrl-C."""
    try:
        bring_up(dict(os.environ), Path.cwd())  # noqa: TID251 - a supervisor hands its environment on
    except (StackError, SettingsError) as e:
        sys.exit(f"interlock: {e}")
    except OSError as e:
        # A full disk shows wherever something is written first.
        sys.exit(f"interlock: cannot write {e.filename or 'into INTERLOCK_HOME'}: {(e.strerror or str(e)).lower()}")
