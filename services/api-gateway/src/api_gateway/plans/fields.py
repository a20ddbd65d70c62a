"""The nodes of a YAML file as the fields of Structs; whatever is wrong is noted with its place and read past."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeAlias, cast

import msgspec
from msgspec import Struct, structs
from yaml import MappingNode, ScalarNode, SequenceNode

from api_gateway.plans.outline import Node, at
from api_gateway.plans.problem import Problem

_NULL = "tag:yaml.org,2002:null"
_SHOWN = 100

Entries: TypeAlias = dict[str, tuple[Node, Node]]
"""A mapping's keys and values as they stand in the file."""


class Page(Struct, frozen=True):
    """The file that is read, what each of its fields may be, and what was found to be wrong."""

    file: str
    expected: Mapping[str, str]
    problems: list[Problem]

    def wrong(self, node: Node, what: str) -> None:
        self.problems.append(at(self.file, node.start_mark, what))

    def unexpected(self, node: Node, path: str, name: str) -> None:
        self.wrong(node, f"{path} was {shown(node)}, expected {self.expected[name]}")


def entries(page: Page, node: MappingNode, path: str) -> Entries:
    """Give a mapping's entries; a key that comes twice would silently hide the first."""
    found: Entries = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            page.wrong(key, f"{path or 'a key'} was {shown(key)}, expected a name")
        elif key.value in found:
            line = found[key.value][0].start_mark.line + 1
            page.wrong(key, f"{under(path, key.value)} stands in line {line} already, expected it once")
        else:
            found[key.value] = (key, value)
    return found


def known(page: Page, node: MappingNode, path: str, names: tuple[str, ...]) -> Entries:
    """Give the entries that have one of these names."""
    found = entries(page, node, path)
    for name, (key, _) in found.items():
        if name not in names:
            near = get_close_matches(name, names, n=1)
            meant = f"is {near[0]} meant?" if near else f"expected {', '.join(names)}"
            page.wrong(key, f"{under(path, name)} is unknown, {meant}")
    return {name: entry for name, entry in found.items() if name in names}


def values(
    page: Page, node: Node, found: Entries, path: str, fields: tuple[structs.FieldInfo, ...]
) -> dict[str, object]:
    """Read the entries as these fields of a Struct."""
    read: dict[str, object] = {}
    for field in fields:
        name, where = field.name, under(path, field.name)
        if name not in found:
            if field.required:
                page.wrong(node, f"{where} is missing, expected {page.expected[name]}")
        elif isinstance(field.default, tuple):
            read[name] = _items(page, found[name][1], where, field)
        else:
            read[name] = _value(page, found[name][1], where, field)
    return read


def _items(page: Page, node: Node, path: str, field: structs.FieldInfo) -> tuple[object, ...]:
    """Read a list one by one, so that each that is wrong is named with its place; a word alone is a list of one."""
    if not isinstance(node, SequenceNode):
        return _item(page, node, path, field)
    return tuple(item for i, one in enumerate(node.value) for item in _item(page, one, f"{path}[{i}]", field))


def _item(page: Page, node: Node, path: str, field: structs.FieldInfo) -> tuple[object, ...]:
    try:
        return cast("tuple[object, ...]", msgspec.convert([_written(node)], field.type))
    except msgspec.ValidationError:
        page.unexpected(node, path, field.name)
        return ()


def _value(page: Page, node: Node, path: str, field: structs.FieldInfo) -> object:
    try:
        return msgspec.convert(_written(node), field.type, strict=False)
    except msgspec.ValidationError:
        page.unexpected(node, path, field.name)
        return None


def _written(node: Node) -> object:
    """Give the text as it stands in the file: the field's type says what is made of it, not YAML's own guess."""
    if not isinstance(node, ScalarNode):
        return {}
    return None if is_null(node) else node.value


def is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _NULL


def shown(node: Node) -> str:
    match node:
        case ScalarNode():
            return "empty" if is_null(node) else repr(node.value[:_SHOWN])
        case SequenceNode():
            return "a list"
        case _:
            return "a mapping"


def under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
