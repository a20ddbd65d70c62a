"""The day's sessions from a YAML file; whatever is wrong with it is named with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import convert, structs
from yaml import MappingNode, SequenceNode

from api_gateway.plans.fields import Page, entries, is_null, known, shown, values
from api_gateway.plans.outline import Node, outline
from api_gateway.plans.problem import Problem
from contracts.sessions import Session, Setup

_TIME = "a time of day such as 09:35, from 00:00 to 23:59"
EXPECTED = {
    "sessions": "a list of sessions",
    "name": "a name such as opening-drive, without a slash, of 100 characters at most",
    "start": _TIME,
    "end": _TIME,
    "days": "a list of mon, tue, wed, thu or fri",
    "setups": "settings by the name of a strategy, or * for any other",
    "min_confidence": "a number from 0 to 1",
    "max_entries": "a whole number from 1 to 1000000",
    "size": "a number above 0 and up to 1000",
    "symbols": "a list of symbols such as SPY or BRK.B",
}
_NAME = re.compile(r"[^/\s][^/\n]{0,99}")

_OF_SESSION = tuple(field for field in structs.fields(Session) if field.name != "setups")
_OF_SETUP = tuple(field for field in structs.fields(Setup) if field.name != "name")


def sessions(file: str, text: str) -> tuple[tuple[Session, ...], tuple[Problem, ...]]:
    """Read the sessions; none of them counts where there is a problem."""
    root = outline(file, text)
    if isinstance(root, Problem):
        return (), (root,)
    if root is None:
        return (), (Problem(file, 1, 1, f"sessions is missing, expected {EXPECTED['sessions']}"),)
    page = Page(file, EXPECTED, [])
    found = _sessions(page, root)
    return ((), tuple(page.problems)) if page.problems else (found, ())


def _sessions(page: Page, root: Node) -> tuple[Session, ...]:
    if not isinstance(root, MappingNode):
        page.wrong(root, f"the file was {shown(root)}, expected sessions: and {EXPECTED['sessions']}")
        return ()
    found = known(page, root, "", ("sessions",))
    if "sessions" not in found:
        page.wrong(root, f"sessions is missing, expected {EXPECTED['sessions']}")
        return ()
    _, listed = found["sessions"]
    if not isinstance(listed, SequenceNode):
        page.unexpected(listed, "sessions", "sessions")
        return ()
    read = [_session(page, node, f"sessions[{i}]") for i, node in enumerate(listed.value)]
    _unique(page, listed.value, [one.name if one else "" for one in read])
    return tuple(one for one in read if one is not None)


def _unique(page: Page, nodes: Iterable[Node], names: list[str]) -> None:
    for i, (node, name) in enumerate(zip(nodes, names, strict=True)):
        first = names.index(name)
        if name and first < i:
            page.wrong(node, f"sessions[{i}].name was {name!r} like that of sessions[{first}], expected another")


def _session(page: Page, node: Node, path: str) -> Session | None:
    if not isinstance(node, MappingNode):
        page.wrong(node, f"{path} was {shown(node)}, expected a session with name, start and end")
        return None
    before = len(page.problems)
    found = known(page, node, path, Session.__struct_fields__)
    read = values(page, node, found, path, _OF_SESSION)
    if "name" in found and not _NAME.fullmatch(str(read["name"])):
        page.unexpected(found["name"][1], f"{path}.name", "name")
    if "setups" in found:
        read["setups"] = _setups(page, found["setups"][1], f"{path}.setups")
    if len(page.problems) > before:
        return None
    if str(read["end"]) <= str(read["start"]):
        page.wrong(found["end"][1], f"{path}.end was {read['end']!r}, expected a time after start {read['start']!r}")
        return None
    return convert(read, Session)


def _setups(page: Page, node: Node, path: str) -> tuple[Setup, ...]:
    if not isinstance(node, MappingNode):
        page.unexpected(node, path, "setups")
        return ()
    found = entries(page, node, path)
    return tuple(setup for name, place in found.items() if (setup := _setup(page, name, place, f"{path}.{name}")))


def _setup(page: Page, name: str, place: tuple[Node, Node], path: str) -> Setup | None:
    key, node = place
    if not name.strip():
        page.wrong(key, f"{path} has no name, expected {EXPECTED['setups']}")
        return None
    if is_null(node):
        return Setup(name=name)
    if not isinstance(node, MappingNode):
        page.wrong(node, f"{path} was {shown(node)}, expected settings such as min_confidence: 0.8")
        return None
    before = len(page.problems)
    found = known(page, node, path, tuple(field.name for field in _OF_SETUP))
    read = values(page, node, found, path, _OF_SETUP)
    if len(page.problems) > before:
        return None
    try:
        return Setup(**{**read, "name": name})  # pyright: ignore[reportArgumentType] - each was converted to its field's type
    except ValueError:
        # The one thing that a type cannot say.
        page.unexpected(found["size"][1], f"{path}.size", "size")
        return None
