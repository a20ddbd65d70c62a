"""A YAML text as its tree of nodes, which know where they stand. Nothing in it is made into a value yet.

So 15:55 stays what was written, where YAML 1.1 would read the number 57,300, and `no` stays a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, cast

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event
from yaml.reader import ReaderError

from api_gateway.plans.problem import Problem

Node: TypeAlias = yaml.Node
Mark: TypeAlias = yaml.Mark

_DEEPEST = 20


def outline(file: str, text: str) -> Node | Problem | None:
    """Give the tree, or what is wrong with the text; None for a text without content."""
    try:
        return _composed(file, text)
    except yaml.MarkedYAMLError as e:
        return at(file, e.problem_mark or e.context_mark, _put_plainly(e.problem or "", e.context))
    except ReaderError as e:
        before = text[: e.position]
        what = f"found the character {e.character!r}, expected text"
        return Problem(file, before.count("\n") + 1, len(before) - before.rfind("\n"), what)


def _composed(file: str, text: str) -> Node | Problem | None:
    depth = 0
    events = cast("Iterator[Event]", yaml.parse(text, Loader=yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType] - its stubs leave it open
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent):
            return at(file, event.start_mark, f"found the alias *{event.anchor}, expected what it stands for")
        if depth > _DEEPEST:
            return at(file, event.start_mark, f"nested {depth} deep, expected {_DEEPEST} at most")
    return cast("Node | None", yaml.compose(text, Loader=yaml.SafeLoader))  # pyright: ignore[reportUnknownMemberType] - its stubs leave it open


def at(file: str, mark: Mark | None, what: str) -> Problem:
    return Problem(file, mark.line + 1, mark.column + 1, what) if mark else Problem(file, 0, 0, what)


def _put_plainly(problem: str, context: str | None) -> str:
    """Say in words what the parser says in the terms of its grammar."""
    if "<block end>" in problem:
        return "is indented unlike the lines that it belongs to, expected the same column"
    if problem.startswith("mapping values"):
        return "found a second ':', expected one; is the line indented like those that it belongs to?"
    if r"'\t'" in problem:
        problem = "found a tab, expected spaces"
    told = problem.removeprefix("but ").replace("'<stream end>'", "the end of the file")
    return f"{told}, {context}" if context else told
