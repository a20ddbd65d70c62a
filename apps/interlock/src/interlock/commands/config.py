"""`interlock config`: the limits, where they come from, and how to change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import click
from msgspec import Struct

from interlock.api import ask
from interlock.commands.showing import as_json, hand_down, of_account, show
from interlock.table import table

HEADS = ("LIMIT", "VALUE", "FROM", "FOR", "BECAUSE")
WIDEST = 60

F = TypeVar("F", bound=Callable[..., None])


class Limit(Struct):
    value: Any
    origin: str
    variable: str
    by: str
    why: str
    scope: str
    strategy: str
    symbol: str


class Session(Struct):
    name: str
    start: str
    end: str


class Problem(Struct):
    file: str
    line: int
    column: int
    what: str


class Effective(Struct):
    account: str
    strategy: str
    symbol: str
    mode: str
    limits: dict[str, Limit]
    sessions: list[Session]
    problems: list[Problem]


class Changed(Struct):
    sequence: int
    effective: Effective


def _narrow(command: F) -> F:
    for name, what in (("--strategy", "Only this strategy's entries."), ("--symbol", "Only entries into this symbol.")):
        command = click.option(name, default="", help=what)(command)
    return command


@click.group(invoke_without_command=True)
@click.pass_context
@_narrow
@of_account
@as_json
def config(ctx: click.Context, strategy: str, symbol: str, account: dict[str, str], *, as_json: bool) -> None:
    """Show every limit with where it comes from; set and unset it."""
    hand_down(ctx, {**account, "strategy": strategy, "symbol": symbol, "as_json": as_json})
    if ctx.invoked_subcommand is None:
        params = {**account, "strategy": strategy, "symbol": symbol}
        show(ask("GET", "/config/effective", params=params), Effective, text, as_json=as_json)


@config.command(name="set")
@click.argument("settings", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--why", required=True, help="For the record.")
@_narrow
@of_account
@as_json
def set_limits(
    settings: tuple[str, ...], why: str, strategy: str, symbol: str, account: dict[str, str], *, as_json: bool
) -> None:
    """Set limits, such as max_concurrent=2.

    They hold at once, and until configuration changes the same ones.
    """
    pairs = [setting.partition("=") for setting in settings]
    if wrong := [setting for setting, (_, equals, _) in zip(settings, pairs, strict=True) if not equals]:
        raise click.UsageError(f"{wrong[0]!r} was expected to be NAME=VALUE")
    changes = {name: value for name, _, value in pairs}
    _change({"changes": changes, "why": why, "strategy": strategy, "symbol": symbol}, account, as_json=as_json)


@config.command(name="unset")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--why", required=True, help="For the record.")
@_narrow
@of_account
@as_json
def unset(
    names: tuple[str, ...], why: str, strategy: str, symbol: str, account: dict[str, str], *, as_json: bool
) -> None:
    """Take back what people have set.

    What configuration says holds again.
    """
    body: dict[str, object] = {"clear": list(names), "why": why, "strategy": strategy, "symbol": symbol}
    _change(body, account, as_json=as_json)


def _change(body: dict[str, object], account: dict[str, str], *, as_json: bool) -> None:
    show(ask("PATCH", "/config/limits", body=body, params=account), Changed, _changed, as_json=as_json)


def _changed(answer: Changed) -> str:
    by_person = {name: limit for name, limit in answer.effective.limits.items() if limit.origin == "person"}
    said = (
        table(HEADS, [_row(name, limit) for name, limit in by_person.items()]) if by_person else "nobody's word holds"
    )
    return f"{said}\n\nwritten as record {answer.sequence}; `interlock config` shows all that holds"


def text(told: Effective) -> str:
    facts = [
        ["strategy", told.strategy or "any"],
        ["symbol", told.symbol or "any"],
        ["mode", told.mode],
        *(["session", f"{one.name}, {one.start} to {one.end}"] for one in told.sessions),
        *(["problem", _problem(one)] for one in told.problems),
    ]
    rows = [_row(name, limit) for name, limit in told.limits.items()]
    return table(["account", told.account], facts) + "\n\n" + table(HEADS, rows)


def _problem(problem: Problem) -> str:
    # 0 is no line: then it is about the whole file.
    place = [str(number) for number in (problem.line, problem.column) if number]
    return f"{':'.join((problem.file, *place))}: {problem.what}"


def _row(name: str, limit: Limit) -> list[str]:
    return [name, _value(limit.value), *_source(limit)]


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ",".join(map(str, cast("list[object]", value))) or "-"
        case _:
            return str(value)


def _source(limit: Limit) -> list[str]:
    if limit.origin == "default":
        return ["default", "", ""]
    whose = " ".join(word for word in (limit.scope, limit.strategy, limit.symbol) if word)
    return [limit.by, whose, limit.why[:WIDEST]]
