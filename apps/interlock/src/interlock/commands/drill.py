"""`interlock drill`: rehearse the kill switch where nothing can be lost."""

from __future__ import annotations

import os
import sys
import time

import click
import msgspec

from interlock.drill.place import own
from interlock.drill.rehearsal import Outcome, Waited, rehearse
from interlock.stack.refusal import StackError
from paper_exchange.faults.plan import parse


def _known(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        parse(value)
    except ValueError as e:
        raise click.BadParameter(str(e)) from e
    return value


@click.command()
@click.option("--faults", default="", callback=_known, help="What goes wrong meanwhile: seed=7,lost_response=0.1,…")
@click.option(
    "--speed", type=click.FloatRange(0, 3600, min_open=True), default=10, show_default=True,
    help="Market seconds per second.",
)  # fmt: skip
@click.option(
    "--within", type=click.FloatRange(0, min_open=True), default=60, show_default=True,
    help="Seconds in which it must be flat.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the outcome for programs.")
def drill(faults: str, speed: float, within: float, *, as_json: bool) -> None:
    """Rehearse the kill switch on a paper exchange of its own.

    It has its own folder and its own ports, and touches no account of yours.

    Positions are bought and protected, more entries sent, then everything is killed. It shows each step with its time.
    The exit code is 0 if the exchange itself, asked past all services, has neither a position nor an order left.
    """
    began = time.monotonic()

    def say(line: str) -> None:
        if not as_json:
            click.echo(line if line.startswith(" ") else f"{time.monotonic() - began:7.1f} s  {line}")

    say("a stack of its own starts, on a paper exchange; no account of yours is touched")
    try:
        with own(dict(os.environ), speed) as place:  # noqa: TID251 - of it only what finds programs is handed on
            say("everything is ready")
            outcome = rehearse(place, faults, within, say)
    except StackError as e:
        sys.exit(f"interlock: {e}")
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(outcome), indent=2))
    else:
        click.echo(waited(outcome.waited, speed))
        click.echo(said(outcome, within))
    if not outcome.passed:
        sys.exit(1)


def waited(told: Waited, speed: float) -> str:
    half, most_of, longest = (f"{(value or 0) / speed:.2f} s" for value in (told.p50, told.p99, told.most))
    return (
        f"of {told.fills} fills, half waited {half} for an order to protect or sell them, 99 % at most {most_of}, "
        f"all at most {longest}"
    )


def said(outcome: Outcome, within: float) -> str:
    if outcome.passed:
        return click.style(f"flat after {outcome.told:.2f} s, and the exchange itself has nothing left", fg="green")
    left = f"the exchange has left: {', '.join(outcome.left)}" if outcome.left else "the exchange has nothing left"
    told = f"flat after {outcome.told:.2f} s" if outcome.flat else f"not told to be flat within {within:g} s"
    return click.style(f"failed: {told}; {left}", fg="red")
