"""How many entries were approved lately: within a second of market time, and on a day in New York."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import takewhile

from msgspec import Struct, field

from contracts.days import new_york

_SECOND = timedelta(seconds=1)


class Pace(Struct, kw_only=True):
    """`newest` are the approvals of one second, oldest first: market time and how many came at it; `count` in all."""

    newest: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])
    count: int = 0
    day: date | None = None
    on_day: int = 0


def approved(pace: Pace, at: datetime) -> None:
    for then, count in list(_old(pace, at)):
        pace.newest.remove((then, count))
        pace.count -= count
    same = pace.newest.pop()[1] if pace.newest and pace.newest[-1][0] == at else 0
    pace.newest.append((at, same + 1))
    pace.count += 1
    pace.on_day = today(pace, at) + 1
    pace.day = new_york(at).date()


def last_second(pace: Pace, now: datetime) -> int:
    """Count the approvals that are less than a second old."""
    return pace.count - sum(count for _, count in _old(pace, now))


def today(pace: Pace, now: datetime) -> int:
    return pace.on_day if new_york(now).date() == pace.day else 0


def _old(pace: Pace, now: datetime) -> takewhile[tuple[datetime, int]]:
    return takewhile(lambda one: now - one[0] >= _SECOND, pace.newest)
