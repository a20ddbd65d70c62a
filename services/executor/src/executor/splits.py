"""Splits in the book: what is announced, and what one makes of the shares that are held; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct, field

from contracts.accounts import HoldingSplit
from contracts.market import SplitAnnounced
from contracts.orders import OrderFilled
from executor.flattens import ZERO, count_own

KEPT = 2_000
"""Announcements that are remembered; more than a quarter of a year brings."""
FINEST = Decimal("0.000000001")


class Splits(Struct):
    """What is `announced`, by action, and which of it is `done` here; `since` when each symbol is held."""

    announced: dict[str, SplitAnnounced] = field(default_factory=dict[str, SplitAnnounced])
    done: set[str] = field(default_factory=set[str])
    since: dict[str, datetime] = field(default_factory=dict[str, datetime])


def hear(splits: Splits, fact: SplitAnnounced) -> None:
    """Take in an announcement, in place."""
    splits.announced[fact.action_id] = fact
    if len(splits.announced) > KEPT:
        oldest = min(splits.announced, key=lambda i: (splits.announced[i].ex_date, i))
        del splits.announced[oldest]
        splits.done.discard(oldest)


def is_same(one: SplitAnnounced, other: SplitAnnounced) -> bool:
    """Say whether both are about one split: no company has two of them on one day."""
    return (one.symbol, one.ex_date) == (other.symbol, other.ex_date)


def hold(splits: Splits, positions: Mapping[str, Decimal], fill: OrderFilled) -> None:
    """Remember, in place, since when a symbol is held."""
    if fill.symbol in positions:
        splits.since.setdefault(fill.symbol, fill.at)


def divide(splits: Splits, positions: dict[str, Decimal], own: dict[str, Decimal], fact: HoldingSplit) -> None:
    """Rescale, in place, what is held and how much of it is ours."""
    symbol, ours = fact.symbol, own.get(fact.symbol, ZERO)
    held = positions.get(symbol, ZERO) + fact.qty_after - fact.qty_before
    if held:
        positions[symbol] = held
    else:
        positions.pop(symbol, None)
        splits.since.pop(symbol, None)
    share = (ours * fact.new_rate / fact.old_rate).quantize(FINEST, ROUND_DOWN)
    count_own(own, symbol, fact.qty_after if ours == fact.qty_before else share, held)
    splits.done.add(fact.action_id)
