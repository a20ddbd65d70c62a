"""Splits that were announced: when each takes hold, and how far it has been taken in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from contracts.days import new_york
from contracts.market import SplitAnnounced
from contracts.values import Token

KEPT = 1_000
"""Symbols at most, more than split in a quarter; of more, those that were told of last."""
KEPT_DAYS = timedelta(days=14)
"""So long a split is remembered after its prices hold: by then the broker has counted anew, or never will."""
NEAR = timedelta(days=4)
"""So far from a split, over a long weekend, a price of the other side of it may be told."""

CLOSE, SATURDAY = time(16), 5


class Split(Struct, frozen=True, kw_only=True):
    """`priced` is the day since which our prices are those of the new shares; `counted`: so are our quantities."""

    action_id: Token
    old_rate: Decimal
    new_rate: Decimal
    ex_date: date
    priced: date | None = None
    counted: bool = False

    def shares(self, qty: Decimal) -> Decimal:
        """Say how many shares stand for so many old ones."""
        return qty * self.new_rate / self.old_rate

    def price(self, price: Decimal) -> Decimal:
        return price * self.old_rate / self.new_rate


Splits: TypeAlias = dict[str, tuple[Split, ...]]
"""By symbol, the earliest first."""


def day(at: datetime) -> date:
    return new_york(at).date()


def next_session(at: datetime) -> date:
    """Give the day of the session that is on or comes next, where no day is a holiday."""
    local = new_york(at)
    found = local.date() + timedelta(days=local.time() >= CLOSE)
    return found + timedelta(days=7 - found.weekday() if found.weekday() >= SATURDAY else 0)


def announced(splits: Splits, fact: SplitAnnounced) -> Splits:
    """Take an announcement in. Of a split that the broker carried out before, it tells the day."""
    if fact.old_rate <= 0 or fact.new_rate <= 0:
        return splits
    new = Split(action_id=fact.action_id, old_rate=fact.old_rate, new_rate=fact.new_rate, ex_date=fact.ex_date)
    known = known_as(splits, fact.symbol, fact.action_id)
    return taken(splits, fact.symbol, replace(known, ex_date=fact.ex_date) if known else new)


def taken(splits: Splits, symbol: str, split: Split) -> Splits:
    """Put a split in the place of what was known of it."""
    others = (one for one in splits.get(symbol, ()) if one.action_id != split.action_id)
    ordered = sorted((*others, split), key=lambda one: (one.ex_date, one.action_id))
    kept = {**splits, symbol: tuple(ordered)}
    return dict(islice(kept.items(), max(len(kept) - KEPT, 0), None))


def known_as(splits: Splits, symbol: str, action_id: str) -> Split | None:
    return next((one for one in splits.get(symbol, ()) if one.action_id == action_id), None)


def due(splits: Splits, symbol: str, today: date) -> tuple[Split, ...]:
    """Give those that hold on a day and that no price of ours has followed."""
    return tuple(one for one in splits.get(symbol, ()) if one.priced is None and one.ex_date <= today)


def all_due(splits: Splits, today: date) -> dict[str, tuple[Split, ...]]:
    return {symbol: found for symbol in splits if (found := due(splits, symbol, today))}


def opened(splits: Splits, today: date) -> Splits:
    """See a session open: prices are those of the new shares from now on. What is long over is forgotten."""
    for symbol, found in all_due(splits, today).items():
        for split in found:
            splits = taken(splits, symbol, replace(split, priced=today))
    kept = {symbol: tuple(one for one in known if not _is_over(one, today)) for symbol, known in splits.items()}
    return splits if kept == splits else {symbol: known for symbol, known in kept.items() if known}


def _is_over(split: Split, today: date) -> bool:
    return split.priced is not None and today - split.priced > KEPT_DAYS


def is_near(splits: Splits, symbol: str, today: date) -> bool:
    return any(abs(one.ex_date - today) <= NEAR for one in splits.get(symbol, ()))


def fits(splits: Splits, symbol: str, at: datetime) -> bool:
    """Say whether a price of this time is in terms of the same shares as our own prices are."""
    if symbol not in splits:
        return True
    told = day(at)
    return all(
        (one.priced is None) == (told < one.ex_date) for one in splits[symbol] if abs(one.ex_date - told) <= NEAR
    )
