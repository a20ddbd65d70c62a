"""Limits as configuration lays them out: for whom, which, and where that was said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from api_gateway.limits.fields import VALUES, Wrong, read
from contracts.control import DEFAULT, EVERYONE
from contracts.limits import Sizing


class Place(NamedTuple):
    """For whom a limit holds; empty names are any."""

    scope: str = EVERYONE
    strategy: str = ""
    symbol: str = ""


class Setting(Struct, frozen=True):
    """A value, who says so, and where."""

    value: object
    by: str
    why: str


Layout: TypeAlias = dict[Place, dict[str, Setting]]

ALL = Place()

AMOUNTS = {
    "default_quantity": Sizing.QUANTITY,
    "percent_of_equity": Sizing.PERCENT_OF_EQUITY,
    "entry_dollars": Sizing.DOLLARS,
    "risk_per_trade": Sizing.RISK_PER_TRADE,
}


_OF_ACCOUNT = frozenset({"max_daily_loss", "max_drawdown", "max_consecutive_losses"})
_OF_STRATEGY = frozenset({"max_stop_losses", "stop_loss_minutes", "lock_minutes"})
"""What a symbol's losses do not change."""


def defaults() -> Layout:
    return {ALL: {name: Setting(value, DEFAULT, "nothing else is said") for name, value in VALUES.items()}}


def merged(*layouts: Layout) -> Layout:
    """Lay them over each other; where several say something, the last one counts."""
    found: Layout = {}
    for layout in layouts:
        for place, settings in layout.items():
            found.setdefault(place, {}).update(settings)
    return found


class Table(NamedTuple):
    settings: dict[str, Setting]
    wrong: tuple[Wrong, ...]


def table(given: Mapping[str, object], place: Place, by: str, why: Callable[[str], str]) -> Table:
    """Understand what is said for a place; `why` names where a limit is said."""
    values, wrong = read(given)
    chosen = choosing(values, place)
    wrong = (*wrong, *misplaced(values, place), *undecided(chosen))
    settings = {name: Setting(value, by, why(name)) for name, value in values.items()}
    for name, sizing in chosen.items():
        settings["sizing"] = Setting(sizing, by, why(name))
    return Table(settings, wrong)


def choosing(values: Mapping[str, object], place: Place) -> dict[str, Sizing]:
    """Say which amounts choose the sizing, because they are given without it.

    For everybody a quantity is what other sizings fall back on; for somebody it is meant.
    """
    if "sizing" in values:
        return {}
    fallback = "default_quantity" if place == ALL else ""
    return {name: sizing for name, sizing in AMOUNTS.items() if values.get(name) and name != fallback}


def undecided(chosen: Mapping[str, Sizing]) -> tuple[Wrong, ...]:
    told = f"is missing: it must say which of {' and '.join(chosen)} counts"
    return (Wrong("sizing", "", told),) if len(chosen) > 1 else ()


def misplaced(names: Iterable[str], place: Place) -> tuple[Wrong, ...]:
    """Refuse what nobody would read there: a limit that is set and does not hold is worse than none."""
    if place.symbol:
        nowhere, what = _OF_ACCOUNT | _OF_STRATEGY, "cannot be set for a symbol"
    else:
        nowhere, what = _OF_ACCOUNT if place.strategy else frozenset[str](), "cannot be set for a strategy"
    return tuple(Wrong(name, "", what) for name in names if name in nowhere)
