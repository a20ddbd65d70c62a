"""One variable of the environment, as `.env.example` shows it."""

from __future__ import annotations

from msgspec import Struct


class Variable(Struct, frozen=True):
    """`owner`: the one part that may see it, for secrets. `also`: other names it is known by."""

    name: str
    default: str
    what: str
    owner: str = ""
    also: tuple[str, ...] = ()


class Unused(Struct, frozen=True):
    """A variable that people know from elsewhere and that nothing here reads yet."""

    name: str
    what: str
