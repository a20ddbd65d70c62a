"""What the gate has said today, counted."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied

_NEW_YORK = ZoneInfo("America/New_York")


class Today(Struct, kw_only=True):
    """Verdicts of one day in New York: entries and exits that were approved, and denials by their code."""

    day: date | None = None
    entries: int = 0
    exits: int = 0
    denied: dict[str, int] = field(default_factory=dict[str, int])


def counted(today: Today, verdict: OrderApproved | ExitApproved | OrderDenied) -> Today:
    """Give the day with one more verdict; the first one of a new day begins anew."""
    day = verdict.at.astimezone(_NEW_YORK).date()
    if day != today.day:
        today = Today(day=day)
    match verdict:
        case OrderApproved():
            today.entries += 1
        case ExitApproved():
            today.exits += 1
        case OrderDenied(code=code):
            today.denied[code] = today.denied.get(code, 0) + 1
    return today
