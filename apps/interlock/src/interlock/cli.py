"""The command `interlock`: each of its commands is a file, read only when it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = (
    "up",
    "down",
    "status",
    "providers",
    "signal",
    "orders",
    "positions",
    "why",
    "preview",
    "mode",
    "halt",
    "resume",
    "flatten",
    "kill",
    "locks",
    "gate",
    "config",
    "resolve",
    "logs",
    "exchange",
    "drill",
)


class Commands(click.Group):
    """`interlock status` must not wait for what `interlock up` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        return getattr(import_module(f"interlock.commands.{cmd_name}"), cmd_name) if cmd_name in COMMANDS else None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="interlock")
def main() -> None:
    """Turn trading signals into managed broker positions, safely."""


if __name__ == "__main__":
    main()
