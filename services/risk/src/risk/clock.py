"""Market time as the exchange's clock on the wall shows it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_NEW_YORK = ZoneInfo("America/New_York")


def new_york(at: datetime) -> datetime:
    return at.astimezone(_NEW_YORK)
