"""Watch positions being left: each step as it happens, to the broker's own word that nothing remains."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import click
import msgspec
from msgspec import Struct

from interlock.api import Refused, ask
from interlock.commands.showing import moment, number

T = TypeVar("T")

LOOK_SECONDS = 0.5
LEFT = 1
"""The exit code where something remains."""

external = click.option(
    "--external", is_flag=True, help="Also shares that no entry of this system bought, and orders of others."
)
wait = click.option(
    "--wait", type=click.FloatRange(0), default=120, show_default=True, help="Seconds to watch it; 0: none."
)


class Remaining(Struct):
    symbol: str
    qty: Decimal
    why: str


class Step(Struct):
    time: datetime
    text: str


class Progress(Struct):
    command_id: str
    account: str
    time: datetime
    seconds: float
    flat: bool
    done: bool
    remaining: list[Remaining]
    orders: list[str]
    until: datetime | None
    steps: list[Step]


class Commanded(Struct):
    commands: list[Progress]


def watch(answer: bytes, seconds: float, *, as_json: bool) -> None:
    """Follow what was ordered; end with code 1 where something remains."""
    told = [one.command_id for one in _read(answer, Commanded).commands]
    if as_json and not seconds:
        click.echo(msgspec.json.format(answer, indent=2))
    else:
        follow(told, seconds, as_json=as_json)


def follow(names: Sequence[str], seconds: float, *, as_json: bool) -> None:
    ended = [_followed(name, seconds, as_json=as_json) for name in names]
    if not all(ended):
        raise click.exceptions.Exit(LEFT)


def _followed(name: str, seconds: float, *, as_json: bool) -> bool:
    end, shown = time.monotonic() + seconds, 0
    while True:
        answer = ask("GET", f"/commands/{name}")
        one = _read(answer, Progress)
        if not as_json:
            for step in one.steps[shown:]:
                click.echo(f"{_after(one, step):7.2f} s  {step.text}")
        shown = len(one.steps)
        if one.done or one.until is not None or time.monotonic() >= end:
            click.echo(msgspec.json.format(answer, indent=2) if as_json else _outcome(one))
            return one.flat
        time.sleep(LOOK_SECONDS)


def _after(one: Progress, step: Step) -> float:
    return (step.time - one.time).total_seconds()


def _outcome(one: Progress) -> str:
    if one.flat:
        flat = f"{one.account} is flat: the broker says so, after {one.seconds:.1f} s"
        return click.style(flat, fg="green")
    silent = f"{one.account} is not known to be flat: the broker has not said yet what remains"
    lines = [f"{one.account} is not flat:" if one.remaining or one.orders else silent]
    lines += [f"  {number(left.qty)} {left.symbol}: {left.why}" for left in one.remaining]
    lines += [f"  order {order} may still trade" for order in one.orders]
    if one.until is not None:
        lines.append(f"the market is closed; it goes on by itself when it opens, {moment(one.until)} UTC")
    elif not one.done:
        lines.append(f"it goes on; look again with: interlock flatten --look {one.command_id}")
    return click.style("\n".join(lines), fg="red")


def _read(answer: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.MsgspecError as e:
        raise Refused(f"the API answered in another form than expected: {str(e).lower()}") from e
