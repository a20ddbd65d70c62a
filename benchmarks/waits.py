"""How long the shares of each entry fill stood without protection, counted anew from the facts of the log."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from contracts.exits import CoverageChanged, ExitReason, PlaceProtection
from contracts.lifecycle import WORKING
from contracts.log import Record
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import Side

ZERO = Decimal(0)


class Waits(Struct, frozen=True):
    """Seconds of market time. `told` are the fills that the position manager told of; the others waited for nothing."""

    fills: int
    told: int
    p50: float
    p99: float
    most: float
    share_seconds: float
    open: int


class Gap(Struct, frozen=True):
    qty: Decimal
    most: Decimal
    share_seconds: float
    since: datetime


def seconds_by_fill(records: Iterable[Record]) -> tuple[dict[str, float], float, int]:
    """Give each entry fill's seconds, all share-seconds, and how many gaps are still open.

    The sums that the facts carry are left alone: only how many shares stood uncovered, and from when to when.
    """
    seconds, gaps, total = dict[str, float](), dict[str, Gap](), 0.0
    for record in records:
        if not isinstance(fact := record.body, CoverageChanged):
            continue
        gap = gaps.pop(fact.execution_id, Gap(ZERO, ZERO, 0.0, fact.at))
        sum_ = gap.share_seconds + float(gap.qty) * max((fact.at - gap.since).total_seconds(), 0.0)
        if fact.uncovered:
            gaps[fact.execution_id] = Gap(fact.uncovered, max(gap.most, fact.uncovered), sum_, fact.at)
            continue
        total += sum_
        seconds[fact.execution_id] = seconds.get(fact.execution_id, 0.0) + sum_ / float(gap.most or fact.most)
    return seconds, total, len(gaps)


def waits(records: Sequence[Record]) -> Waits:
    seconds, total, still_open = seconds_by_fill(records)
    fills = {r.body.execution_id for r in records if isinstance(r.body, OrderFilled) and _is_entry(r.body)}
    found = sorted({**dict.fromkeys(fills, 0.0), **seconds}.values())
    return Waits(
        fills=len(fills), told=len(seconds), p50=share(found, 0.5), p99=share(found, 0.99), most=share(found, 1.0),
        share_seconds=total, open=still_open,
    )  # fmt: skip


def share(ordered: Sequence[float], part: float) -> float:
    """Give the smallest value that such a part of all is not above; 0 of none."""
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)] if ordered else 0.0


def _is_entry(fill: OrderFilled) -> bool:
    return fill.purpose is Purpose.ENTRY and fill.side is Side.BUY


class Way(Struct, frozen=True):
    """When an entry fill's first protection came by each place, by the wall's clock."""

    filled: datetime
    fill_stored: datetime
    asked: datetime
    rests: datetime
    rest_stored: datetime


STEPS: tuple[tuple[str, Callable[[Way], timedelta]], ...] = (
    ("the broker fills -> the fill is in the log", lambda way: way.fill_stored - way.filled),
    ("-> the protection is asked for in the log", lambda way: way.asked - way.fill_stored),
    ("-> the broker has taken it in", lambda way: way.rests - way.asked),
    ("-> that is in the log", lambda way: way.rest_stored - way.rests),
    ("the broker fills -> it has the protection", lambda way: way.rests - way.filled),
)


def ways(records: Sequence[Record], ahead: timedelta) -> Iterator[Way]:
    """Follow each entry fill to its first protection; `ahead` is the wall's clock less the broker's."""
    fills, asked = dict[str, Record](), dict[str, Record]()
    for record in records:
        match record.body:
            case OrderFilled() as fill if _is_entry(fill):
                fills[fill.execution_id] = record
            case PlaceProtection(reason=ExitReason.ENTRY_FILLED) as placed:
                asked[placed.exit_id] = record
            case OrderChanged(status=status) as order if status in WORKING:
                wish = asked.pop(order.client_order_id, None)
                if wish is not None and (way := _way(wish, fills, record, ahead)):
                    yield way
            case _:
                pass


def _way(wish: Record, fills: dict[str, Record], rests: Record, ahead: timedelta) -> Way | None:
    assert isinstance(wish.body, PlaceProtection)
    assert isinstance(rests.body, OrderChanged)
    fill = fills.get(wish.body.execution_id)
    if fill is None or not isinstance(fill.body, OrderFilled):
        return None
    return Way(fill.body.at + ahead, fill.time, wish.time, rests.body.at + ahead, rests.time)
