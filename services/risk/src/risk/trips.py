"""Day trades: what was bought and sold again on one day in New York, over the last five trading days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct, field

from contracts.days import new_york
from contracts.orders import OrderFilled
from contracts.values import Side

_WINDOW = 5


class DayTrips(Struct, kw_only=True):
    """`days` counts the day trades of the newest trading days, oldest first.

    `bought` are the symbols that were bought on the last of them and not sold since.
    """

    days: dict[str, int] = field(default_factory=dict[str, int])
    bought: dict[str, bool] = field(default_factory=dict[str, bool])


def ticked(trips: DayTrips, at: datetime) -> None:
    """Take notice that the market is open: a day counts, whether or not there was a trade on it."""
    _begin(trips, _day(at))


def filled(trips: DayTrips, fill: OrderFilled) -> None:
    """Count a sale of what was bought today as a day trade; what is sold after it in parts is the same one.

    Shares that were held over night are not told apart from those of the day: rather too many than too few.
    """
    _begin(trips, _day(fill.at))
    if fill.side is Side.BUY:
        trips.bought[fill.symbol] = True
    elif trips.bought.pop(fill.symbol, False):
        trips.days[next(reversed(trips.days))] += 1


def made(trips: DayTrips, now: datetime) -> int:
    """Count those of five trading days with the one of `now`."""
    days = trips.days if _day(now) in trips.days else {**trips.days, _day(now): 0}
    return sum(list(days.values())[-_WINDOW:])


def opened(trips: DayTrips, now: datetime) -> Iterable[str]:
    """Name what was bought on the day of `now`, and not sold since."""
    return trips.bought if _day(now) in trips.days else ()


def _begin(trips: DayTrips, day: str) -> None:
    # News of an earlier day counts as today's.
    if trips.days and day <= next(reversed(trips.days)):
        return
    trips.bought.clear()
    trips.days[day] = 0
    if len(trips.days) > _WINDOW:
        del trips.days[next(iter(trips.days))]


def _day(at: datetime) -> str:
    return new_york(at).date().isoformat()
