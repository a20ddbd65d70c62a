"""Entries that still work at the broker. They give way to exits: many brokers take no sale that could meet one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from contracts.exits import CancelProtection, ExitReason
from contracts.lifecycle import TERMINAL, WORKING
from contracts.orders import OrderChanged
from contracts.values import derived_id
from position_manager.book.order import Entry
from position_manager.book.position import Position
from position_manager.market import Market

GIVE_WAY_TICKS = 15
"""So long an exit waits for an entry to end; then it is tried beside it, and the entry is asked to end again."""
PARTIAL_TICKS = 1
"""So long, in part of a tick at least, the rest of an entry is waited for: until it has come, its exits sleep."""


def told(position: Position | None, fact: OrderChanged) -> Position | None:
    """Remember an entry for as long as the broker has it."""
    name = fact.client_order_id
    if position is not None and (fact.status in TERMINAL or is_complete(position, name)):
        return ended(position, name)
    if fact.status not in WORKING:
        return position
    position = position or Position(symbol=fact.symbol, opened=fact.at)
    entry = position.entries.get(name, Entry())
    partial = entry.partial or int(fact.filled_qty > 0)
    return replace(position, entries={**position.entries, name: replace(entry, grouped=fact.grouped, partial=partial)})


def is_complete(position: Position, name: str) -> bool:
    """Say whether the entry's own exits are at work."""
    group = position.orders.get(name)
    return group is not None and not group.asleep


def ended(position: Position, name: str) -> Position:
    """Forget it; what was refused because of it need not wait any more."""
    if name not in position.entries:
        return position
    left = {one: entry for one, entry in position.entries.items() if one != name}
    parts = position.parts if left else tuple(replace(part, wait=0) for part in position.parts)
    return replace(position, entries=left, parts=parts)


def asked(position: Position, name: str) -> Position:
    """Take in that an entry is taken back."""
    entry = position.entries[name]
    entry = replace(entry, cancels=entry.cancels + 1, wait=GIVE_WAY_TICKS)
    return replace(position, entries={**position.entries, name: entry})


def ticked(entries: dict[str, Entry]) -> dict[str, Entry]:
    return {name: _older(entry) for name, entry in entries.items()}


def _older(entry: Entry) -> Entry:
    return replace(entry, wait=max(entry.wait - 1, 0), partial=entry.partial + (entry.partial > 0))


def are_waited_for(position: Position) -> bool:
    """Say whether an entry is about to end, so that a sale is better sent after that."""
    return any(not entry.cancels or (entry.cancels == 1 and entry.wait) for entry in position.entries.values())


def taken_back(
    position: Position, crossed: ExitReason | None, market: Market, account: str, at: datetime
) -> Iterator[CancelProtection]:
    """Take back what is in an exit's way, if something is, and what must not go on working for its own sake."""
    for name, entry in position.entries.items():
        reason = crossed or _overdue(entry, market)
        if reason and not entry.wait:
            yield CancelProtection(
                exit_id=derived_id(name, "give way", entry.cancels),
                account=account,
                symbol=position.symbol,
                client_order_id=name,
                reason=reason,
                at=at,
            )


def _overdue(entry: Entry, market: Market) -> ExitReason | None:
    """Say why an entry that brings its exits is to end: good till canceled, it would buy at the next open."""
    if not entry.grouped:
        return None
    if market.now is not None and not market.is_open:
        return ExitReason.END_OF_DAY
    return ExitReason.REMAINDER if entry.partial > PARTIAL_TICKS else None
