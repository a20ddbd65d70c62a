"""What the gate has said today, counted."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct, field

from contracts.days import new_york
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied


class Today(Struct, kw_only=True):
    """Verdicts of one day in New York: entries and exits that were approved, and denials by their code."""

    day: date | None = None
    entries: int = 0
    exits: int = 0
    denied: dict[str, int] = field(default_factory=dict[str, int])


def counted(today: Today, verdict: OrderApproved | ExitApproved | OrderDenied) -> Today:
    """Give the day with one more verdict; the first one of a new day begins anew."""
    today = as_of(today, verdict.at)
    match verdict:
        case OrderApproved():
            today.entries += 1
        case ExitApproved():
            today.exits += 1
        case OrderDenied(code=code):
            today.denied[code] = today.denied.get(code, 0) + 1
    return today


def as_of(today: Today, now: datetime | None) -> Today:
    """Give the day, or an empty one where market time has gone on to another."""
    day = new_york(now).date() if now else today.day
    return today if day == today.day else Today(day=day)
