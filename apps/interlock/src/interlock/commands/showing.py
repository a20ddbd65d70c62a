"""What all commands show alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import click
import msgspec

from interlock.api import Refused

T = TypeVar("T")

as_json = click.option("--json", "as_json", is_flag=True, help="Print the API's answer as it is.")


def _as_query(_: click.Context, __: click.Parameter, value: str) -> dict[str, str]:
    return {"account": value} if value else {}


of_account = click.option(
    "--account", default="", callback=_as_query, help="An account; without it the first, and decisions are for all."
)


def hand_down(ctx: click.Context, given: Mapping[str, object]) -> None:
    """Let options that stand before a subcommand count for it: `config --symbol SPY set …` means SPY alone."""
    ctx.default_map = {str(ctx.invoked_subcommand): dict(given)}


def show(answer: bytes, kind: type[T], text: Callable[[T], str], *, as_json: bool) -> None:
    """Print an answer for programs or for people."""
    if as_json:
        click.echo(msgspec.json.format(answer, indent=2))
        return
    try:
        click.echo(text(msgspec.json.decode(answer, type=kind)))
    except msgspec.MsgspecError as e:
        raise Refused(f"the API answered in another form than expected: {str(e).lower()}") from e


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def number(value: Decimal | None) -> str:
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


class Controlled(msgspec.Struct):
    sequence: int
    mode: str
    state: str


def written(answer: bytes, follows: str, *, as_json: bool) -> None:
    """Say that a person's word is in the log, what follows, and how the account stands: of it all, not of a part."""

    def text(told: Controlled) -> str:
        return f"record {told.sequence}: {follows}\nthe account as a whole is {told.state}, in mode {told.mode}"

    show(answer, Controlled, text, as_json=as_json)
