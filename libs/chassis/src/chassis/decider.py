"""A decider: two pure functions, what they read, what they write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from contracts.log import Message

S = TypeVar("S", bound=Struct)


class Decider(Struct, Generic[S], frozen=True, kw_only=True):
    """`decide` says what should happen and changes nothing; `evolve` gives the state after a fact.

    `inputs` and `outputs` are subjects. `evolve` is called with every input and with every output, an input's outputs
    directly after it. It may change the state in place and return it, as long as it is deterministic. The state is
    one Struct, so that a snapshot of it can be written and read back. `name` is the service's, and after a dot the
    account's: a snapshot is kept under it.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    initial: Callable[[], S]
    decide: Callable[[S, Message], tuple[Message, ...]]
    evolve: Callable[[S, Message], S]
