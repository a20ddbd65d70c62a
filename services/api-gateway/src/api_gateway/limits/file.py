"""The file `config/limits.toml`: tables of limits, and the exact place of every mistake."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, TypeAlias, cast

from api_gateway.limits.layout import ALL, Layout, Place, table
from api_gateway.plans.problem import Problem
from chassis.accounts import called
from contracts.control import LIMITS_FILE
from contracts.values import SYMBOL_PATTERN

Path: TypeAlias = tuple[str, ...]
Node: TypeAlias = dict[str, object]

_LONGEST_NAME = 100
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_GROUPS = ("strategies", "symbols")
_EXPECTED = "expected [limits], [accounts.NAME], [strategies.NAME] or [symbols.SYMBOL]"


class Found(NamedTuple):
    """What a file says; of one with problems nothing counts."""

    layout: Layout
    problems: tuple[Problem, ...]


class _Section(NamedTuple):
    path: Path
    place: Place
    given: Mapping[str, object]


def parse(text: str, file: str, accounts: tuple[str, ...]) -> Found:
    """Read the text of a file; `accounts` are those that it may name."""
    try:
        tree = cast("Node", tomllib.loads(text, parse_float=_number))
    except (ValueError, RecursionError) as e:
        # Beside its own errors, the parser lets through those about whole numbers and lists that have no end.
        return Found({}, (_syntax(file, str(e), text),))
    lines = _lines(text)
    layout: Layout = {}
    problems: list[Problem] = []
    for one in _sections(tree, accounts):
        if isinstance(one, _Section):
            name = f"[{_dotted(one.path)}]"
            settings, wrong = table(one.given, one.place, LIMITS_FILE, lambda _, name=name: name)
            layout[one.place] = settings
            problems += [_problem(file, lines, (*one.path, w.field), f"{name} {w.text}") for w in wrong]
        else:
            path, what = one
            problems.append(_problem(file, lines, path, what))
    return Found({} if problems else {place: found for place, found in layout.items() if found}, tuple(problems))


def _number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _sections(tree: Node, accounts: tuple[str, ...]) -> Iterator[_Section | tuple[Path, str]]:
    for name, node in tree.items():
        if name == "limits":
            yield _Section((name,), ALL, cast("Node", node)) if isinstance(node, dict) else _no_table((name,))
        elif name == "accounts":
            yield from _accounts(node, accounts)
        elif name in _GROUPS:
            yield from _group((name,), ALL, node)
        else:
            yield (name,), f"{name} is no table of limits, {_EXPECTED}"


def _accounts(node: object, accounts: tuple[str, ...]) -> Iterator[_Section | tuple[Path, str]]:
    if not isinstance(node, dict):
        yield _no_table(("accounts",))
        return
    # A dry run rehearses an account with that account's limits.
    scopes = {called(account): account for account in accounts}
    for name, inner in cast("Node", node).items():
        path = ("accounts", name)
        if name not in scopes:
            yield path, f"[{_dotted(path)}] is no account, expected {' or '.join(scopes)}"
        elif not isinstance(inner, dict):
            yield _no_table(path)
        else:
            given = cast("Node", inner)
            yield _Section(
                path, Place(scopes[name]), {key: value for key, value in given.items() if key not in _GROUPS}
            )
            for group in _GROUPS:
                yield from _group((*path, group), Place(scopes[name]), given.get(group, {}))


def _group(path: Path, of: Place, node: object) -> Iterator[_Section | tuple[Path, str]]:
    if not isinstance(node, dict):
        yield _no_table(path)
        return
    for name, inner in cast("Node", node).items():
        here = (*path, name)
        if not isinstance(inner, dict):
            yield _no_table(here)
        elif path[-1] == "strategies":
            yield from _of_strategy(here, of._replace(strategy=name), cast("Node", inner))
        else:
            yield _of_symbol(here, of._replace(symbol=name), cast("Node", inner))


def _of_strategy(path: Path, place: Place, given: Node) -> Iterator[_Section | tuple[Path, str]]:
    if not 0 < len(place.strategy) <= _LONGEST_NAME:
        yield path, f"[{_dotted(path)}] was expected to name a strategy with 1 to {_LONGEST_NAME} characters"
        return
    yield _Section(path, place, {key: value for key, value in given.items() if key != "symbols"})
    yield from _group((*path, "symbols"), place, given.get("symbols", {}))


def _of_symbol(path: Path, place: Place, given: Node) -> _Section | tuple[Path, str]:
    if re.fullmatch(SYMBOL_PATTERN, place.symbol) is None:
        return path, f'[{_dotted(path)}] is no symbol, expected one such as SPY or "BRK.B"'
    if nested := [key for key, value in given.items() if isinstance(value, dict)]:
        meant = _dotted((*path[:-1], f"{path[-1]}.{nested[0]}"))
        return (*path, nested[0]), f"[{_dotted((*path, nested[0]))}] is no table, is [{meant}] meant?"
    return _Section(path, place, given)


def _no_table(path: Path) -> tuple[Path, str]:
    return path, f"{_dotted(path)} is a value, {_EXPECTED}"


def _syntax(file: str, said: str, text: str) -> Problem:
    at, what = _AT.search(said), _AT.sub("", said)
    line, column = (int(at[1]), int(at[2])) if at and at[1] else (len(text.splitlines()), 0)
    return Problem(file, line, column, what[:1].lower() + what[1:])


def _problem(file: str, lines: Mapping[Path, int], path: Path, what: str) -> Problem:
    # Where a key was written in a way of its own, its table's line is near enough.
    nearest = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)
    if not nearest:
        # A table is there as soon as one within it is named.
        nearest = next((line for known, line in lines.items() if known[: len(path)] == path), 0)
    return Problem(file, nearest, 0, what)


def _lines(text: str) -> dict[Path, int]:
    """Find the lines on which tables and keys stand; what spans several lines may be missing."""
    found: dict[Path, int] = {}
    here: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            here = _chain(line) or here
            found.setdefault(here, number)
        elif "=" in line:
            key = _chain(f"{line.partition('=')[0]} = 0")
            found.setdefault((*here, *key), number)
    return found


def _chain(line: str) -> Path:
    try:
        node: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(node, dict) and node:
        name, node = next(iter(cast("Node", node).items()))
        path.append(name)
    return tuple(path)


def _dotted(path: Path) -> str:
    return ".".join(name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"' for name in path)
