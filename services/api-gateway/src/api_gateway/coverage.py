"""How long shares stand without protection, as the position manager tells it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import islice
from math import ceil

from msgspec import Struct, field

from contracts.exits import CoverageChanged

KEPT = 1_000
"""So many fills, the last ones, are what percentiles are taken of."""


class Unprotected(Struct, frozen=True):
    """Shares of one entry fill of which no order is known to rest at the broker, nor to sell them; market time."""

    symbol: str
    qty: Decimal
    since: datetime


class Coverage(Struct, frozen=True, kw_only=True):
    """`now` is what stands without protection, `share_seconds` what all of it that is over adds up to.

    Of the last `fills` fills, a share stood so for `p50`, `p99` and at `most` so many seconds of market time, all times
    of its life together: from the fill to the order that rests, and whenever that order was taken away.
    """

    now: tuple[Unprotected, ...] = ()
    share_seconds: float = 0.0
    fills: int = 0
    p50: float | None = None
    p99: float | None = None
    most: float | None = None


class Told(Struct):
    """`open` is by entry fill, as is `seconds`, for each share, of those that are covered again."""

    open: dict[str, Unprotected] = field(default_factory=dict[str, Unprotected])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    share_seconds: float = 0.0


def take(told: Told, fact: CoverageChanged) -> None:
    name = fact.execution_id
    if fact.uncovered:
        since = told.open[name].since if name in told.open else fact.at
        told.open[name] = Unprotected(fact.symbol, fact.uncovered, since)
        return
    told.open.pop(name, None)
    told.share_seconds += fact.share_seconds
    told.seconds[name] = told.seconds.get(name, 0.0) + fact.share_seconds / float(fact.most)
    if len(told.seconds) > KEPT:
        del told.seconds[next(iter(told.seconds))]


def coverage(told: Told) -> Coverage:
    found = sorted(told.seconds.values())
    return Coverage(
        now=tuple(told.open.values()), share_seconds=round(told.share_seconds, 3), fills=len(found),
        p50=_share(found, 0.50), p99=_share(found, 0.99), most=_share(found, 1.0),
    )  # fmt: skip


def _share(ordered: list[float], share: float) -> float | None:
    """Give the smallest value that such a share of all is not above."""
    return next((round(value, 3) for value in islice(ordered, max(ceil(share * len(ordered)) - 1, 0), None)), None)
