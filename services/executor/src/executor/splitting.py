"""Which splits are about to change what is held, and whether one explains that the broker's count has; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from contracts.accounts import DriftKind, HoldingSplit
from contracts.days import new_york, weekdays
from contracts.lifecycle import TERMINAL
from contracts.market import SplitAnnounced
from contracts.orders import OrderFilled
from executor.book import Book
from executor.drift import Difference
from executor.splits import FINEST

EVE, LATE = 2, 10
"""Weekdays before and after a split's day on which the broker's count may change: brokers are early, and late."""


def pending(book: Book, today: date) -> list[SplitAnnounced]:
    """List the splits that the broker's count of something held may follow about now, and has not yet."""
    found = (one for one in book.splits.announced.values() if one.symbol in book.positions and _is_near(one, today))
    open_ = (one for one in found if one.action_id not in book.splits.done and _was_held(book, one))
    return sorted(open_, key=lambda one: (one.ex_date, one.action_id))


def _is_near(split: SplitAnnounced, today: date) -> bool:
    return weekdays(today, split.ex_date) <= EVE and weekdays(split.ex_date, today) <= LATE


def _was_held(book: Book, split: SplitAnnounced) -> bool:
    since = book.splits.since.get(split.symbol)
    return since is None or new_york(since).date() < split.ex_date


def explained(
    book: Book, found: Sequence[Difference], before: Mapping[str, Difference], at: datetime
) -> Iterator[HoldingSplit]:
    """Word the splits that explain differences in quantity.

    Where an order may be trading, a fill can look like a split: there two readings have to agree.
    """
    n = book.account_n
    waiting = pending(book, new_york(at).date())
    moving = {fact.symbol for one in found for fact in one.news if isinstance(fact, OrderFilled)}
    moving |= {order.symbol for order in book.orders.values() if order.status not in TERMINAL}
    for one in found:
        if one.kind is not DriftKind.QUANTITY_DRIFT or (one.symbol in moving and one not in before.values()):
            continue
        ours, theirs = Decimal(one.ours), Decimal(one.theirs)
        of_symbol = (split for split in waiting if split.symbol == one.symbol)
        split = next((split for split in of_symbol if _explains(split, ours, theirs)), None)
        if split is not None:
            n += 1
            yield HoldingSplit(
                account=book.account, n=n, symbol=one.symbol, action_id=split.action_id, old_rate=split.old_rate,
                new_rate=split.new_rate, qty_before=ours, qty_after=theirs, at=at,
            )  # fmt: skip


def _explains(split: SplitAnnounced, ours: Decimal, theirs: Decimal) -> bool:
    """Say whether shares became so many: to the last fraction, or paid out or rounded up to whole ones."""
    exact = ours * split.new_rate / split.old_rate
    whole = {exact.to_integral_value(ROUND_FLOOR), exact.to_integral_value(ROUND_CEILING)}
    return ours != 0 and (theirs in whole or abs(exact - theirs) <= FINEST)
