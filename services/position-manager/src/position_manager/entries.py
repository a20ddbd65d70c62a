"""Entries that still work at the broker. They give way to exits: many brokers take no sale that could meet one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from contracts.exits import CancelProtection, ExitReason
from contracts.lifecycle import TERMINAL, WORKING
from contracts.orders import OrderChanged
from contracts.values import derived_id
from position_manager.state import Entry, Position

GIVE_WAY_TICKS = 15
"""So long an exit waits for an entry to end; then it is tried beside it, and the entry is asked to end again."""


def told(position: Position | None, fact: OrderChanged) -> Position | None:
    """Remember an entry for as long as the broker has it."""
    name = fact.client_order_id
    if position is not None and name in position.entries:
        return _ended(position, name) if fact.status in TERMINAL else position
    if fact.status not in WORKING:
        return position
    position = position or Position(symbol=fact.symbol, opened=fact.at)
    return replace(position, entries={**position.entries, name: Entry()})


def _ended(position: Position, name: str) -> Position:
    """Forget it; what was refused because of it need not wait any more."""
    left = {one: entry for one, entry in position.entries.items() if one != name}
    parts = position.parts if left else tuple(replace(part, wait=0) for part in position.parts)
    return replace(position, entries=left, parts=parts)


def asked(position: Position, name: str) -> Position:
    """Take in that an entry is taken back."""
    entry = position.entries[name]
    entry = replace(entry, cancels=entry.cancels + 1, wait=GIVE_WAY_TICKS)
    return replace(position, entries={**position.entries, name: entry})


def ticked(entries: dict[str, Entry]) -> dict[str, Entry]:
    return {name: replace(entry, wait=max(entry.wait - 1, 0)) for name, entry in entries.items()}


def are_waited_for(position: Position) -> bool:
    """Say whether an entry is about to end, so that a sale is better sent after that."""
    return any(not entry.cancels or (entry.cancels == 1 and entry.wait) for entry in position.entries.values())


def taken_back(position: Position, reason: ExitReason, account: str, at: datetime) -> Iterator[CancelProtection]:
    for name, entry in position.entries.items():
        if not entry.wait:
            yield CancelProtection(
                exit_id=derived_id(name, "give way", entry.cancels),
                account=account,
                symbol=position.symbol,
                client_order_id=name,
                reason=reason,
                at=at,
            )
