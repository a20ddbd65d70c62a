"""Differences to the broker that the log tells of, and which of them hold entries of their symbol; pure."""

from __future__ import annotations

from msgspec import Struct, field

from contracts.accounts import DriftFound, DriftKind, DriftResolved
from contracts.control import Resumed
from contracts.halts import thaws


class Drifts(Struct):
    """Those that are `told` stand; of these, `frozen` are those that a person has not resumed in spite of."""

    told: dict[str, DriftFound] = field(default_factory=dict[str, DriftFound])
    frozen: set[str] = field(default_factory=set[str])


def key(kind: DriftKind, symbol: str, client_order_id: str) -> str:
    return f"{kind}/{symbol}/{client_order_id}"


def found(drifts: Drifts, fact: DriftFound) -> None:
    """Take in a difference, in place."""
    name = key(fact.difference, fact.symbol, fact.client_order_id)
    drifts.told[name] = fact
    if fact.freezes:
        drifts.frozen.add(name)


def resolved(drifts: Drifts, fact: DriftResolved) -> None:
    """Forget a difference, in place."""
    name = key(fact.difference, fact.symbol, fact.client_order_id)
    drifts.told.pop(name, None)
    drifts.frozen.discard(name)


def resumed(drifts: Drifts, fact: Resumed) -> None:
    """Let entries go on, in place, in spite of what stands."""
    drifts.frozen = {name for name in drifts.frozen if not thaws(fact, drifts.told[name])}


def freezing(drifts: Drifts, symbol: str) -> list[str]:
    """Name the kinds of what holds entries of a symbol."""
    standing = (drifts.told[name] for name in sorted(drifts.frozen))
    return [str(one.difference) for one in standing if one.symbol == symbol]


def is_let_go(drifts: Drifts, name: str) -> bool:
    """Say whether a person resumed in the knowledge of a difference: the broker's word on it counts from here on.

    Not the word that was told, which may be older than fills that have come since, but the next.
    """
    return name in drifts.told and drifts.told[name].freezes and name not in drifts.frozen
