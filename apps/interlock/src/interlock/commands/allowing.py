"""What takes two steps: show what would end, ask the person, do exactly that."""

from __future__ import annotations

from collections.abc import Mapping

import click
import msgspec
from msgspec import Struct

from interlock.api import Refused, ask
from interlock.commands.standing import Standing, what

sure = click.option("--yes", "-y", is_flag=True, help="Do it without asking, for scripts.")


class Allowing(Struct):
    done: bool
    confirm: str
    lifts: list[Standing]
    remains: list[Standing]
    state: str
    sequence: int | None = None


def allow(
    method: str,
    path: str,
    body: Mapping[str, object],
    params: Mapping[str, str | int] | None = None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Go both steps; with `as_json` and without `yes` the first one only."""
    shown = ask(method, path, body=body, params=params)
    told = _read(shown)
    if as_json and not (yes and told.lifts):
        click.echo(msgspec.json.format(shown, indent=2))
        return
    if not told.lifts:
        click.echo("\n".join(["there is nothing to end here", *_listed("stands on", told.remains)]))
        return
    if not as_json:
        click.echo("\n".join([*_listed("ends", told.lifts), *_listed("stands on", told.remains)]))
    if not yes:
        click.confirm("go on?", abort=True)
    done = ask(method, path, body={**body, "confirm": told.confirm}, params=params)
    if as_json:
        click.echo(msgspec.json.format(done, indent=2))
    else:
        after = _read(done)
        click.echo(f"{after.state} (record {after.sequence})")


def _read(answer: bytes) -> Allowing:
    try:
        return msgspec.json.decode(answer, type=Allowing)
    except msgspec.MsgspecError as e:
        raise Refused(f"the API answered in another form than expected: {str(e).lower()}") from e


def _listed(head: str, found: list[Standing]) -> list[str]:
    return [f"{head}: {what(one)}" for one in found]
