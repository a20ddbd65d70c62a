"""High-water marks: which prices are worth a fact, so that what trails behind them survives a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from math import inf

from msgspec.structs import replace

from contracts.exits import ExitReason, MarkRaised
from contracts.limits import Limits
from contracts.values import derived_id, plain
from position_manager.book.position import Part, Position
from position_manager.market import Market

STEP = 0.0002
"""A mark rises by so much of itself, less than most spreads, or not: its facts stay in the log for good."""


def reached(part: Part, gain: Decimal) -> bool:
    """Say whether a share has once been worth so much more than it cost."""
    return part.best >= _level(part, gain)


def next_mark(part: Part, limits: Limits) -> float:
    """Give the price at which the mark rises next: where something is armed; from the first of these on, each step."""
    levels = [_level(part, gain) for _, gain in armed_by(limits)]
    if not levels:
        return inf
    ahead = [level for level in levels if level > part.best]
    return min(ahead) if part.best < min(levels) else min([part.best * (1 + STEP), *ahead])


def raised(position: Position, market: Market, account: str, at: datetime) -> tuple[MarkRaised, ...]:
    """Give the fact that a position's price is a new high for some of its shares, or nothing."""
    if not market.is_open or not position.price:
        return ()
    found = tuple(
        dict.fromkeys(
            part.execution_id
            for part in position.parts
            if part.leaving is None
            and position.price >= next_mark(part, market.limits_of(account, position.symbol, part.strategy))
        )
    )
    if not found:
        return ()
    # After a split the same price is another one, and so is what the shares cost.
    cost = next(part.entry_price for part in position.parts if part.execution_id == found[0])
    mark_id = derived_id(found[0], "mark", plain(cost), repr(float(position.price)))
    return (
        MarkRaised(
            mark_id=mark_id, account=account, symbol=position.symbol, price=position.price, execution_ids=found, at=at
        ),
    )


def marked(position: Position, fact: MarkRaised) -> Position:
    parts = (
        replace(part, best=max(part.best, fact.price)) if part.execution_id in fact.execution_ids else part
        for part in position.parts
    )
    return replace(position, parts=tuple(parts))


def _level(part: Part, gain: Decimal) -> float:
    return float(part.entry_price * (1 + gain))


def armed_by(limits: Limits) -> Iterator[tuple[ExitReason, Decimal]]:
    """Give the gains that policies wait for, by the reason that they leave for then."""
    if limits.break_even:
        yield ExitReason.BREAK_EVEN, limits.break_even
    if limits.give_back:
        yield ExitReason.GAVE_BACK, limits.give_back_activation
    if limits.trail_fraction:
        yield ExitReason.TRAILED, limits.trail_activation
