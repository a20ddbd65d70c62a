"""What is tried on a copy of the state changes nothing: nothing that changes in place is in both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import cast

from msgspec import Struct

from contracts import layers
from contracts.control import LimitsSet
from contracts.limits import Limits
from risk.example import NOON
from risk.pace import Pace
from risk.results import Results, StopLoss, Trip
from risk.state import Position, State, copied
from risk.trips import DayTrips

TIGHTER = LimitsSet(control_id="c", scope="all", symbol="AAPL", limits=Limits(max_entries_per_symbol=1), by="ann")
FULL: dict[str, object] = {
    "earnings": {"AAPL": (date(2013, 10, 30),)},
    "sectors": {"AAPL": "technology"},
    "positions": {"AAPL": Position(filled=Decimal(1), lots={"o1": Decimal(1)}, lots_qty=Decimal(1))},
    "pace": Pace(newest=[(NOON, 1)], count=1),
    "results": Results(trips={"AAPL": Trip(qty=Decimal(1), balance=Decimal(-100), strategy="")}, stops=[
        StopLoss(NOON, "ema"),
    ]),
    "sells": {"AAPL": {"x1": "stop"}},
    "trips": DayTrips(days={"2013-10-07": 1}, bought={"AAPL": True}),
}  # fmt: skip


def changing(value: object, path: str) -> Iterator[tuple[str, int]]:
    """Name everything within a value that could change in place, and say which object it is."""
    here = path, id(value)
    if isinstance(value, dict):
        yield here
        for key, one in cast("dict[str, object]", value).items():
            yield from changing(one, f"{path}.{key}")
    elif isinstance(value, list):
        yield here
    elif isinstance(value, Struct):
        if not value.__struct_config__.frozen:
            yield here
        for name in value.__struct_fields__:
            yield from changing(getattr(value, name), f"{path}.{name}")


def test_a_copy_shares_nothing_that_changes_in_place(state: Callable[..., State]):
    original = state(**FULL)
    layers.set_limits(original.layers, TIGHTER)
    other = copied(original)
    assert other == original
    ours, theirs = dict(changing(original, "state")), dict(changing(other, "state"))
    assert ours.keys() == theirs.keys()
    assert {path for path in ours if ours[path] == theirs[path]} == set()
    assert ours.keys() >= {"state.positions.AAPL.lots", "state.layers.all AAPL .origins", "state.sells.AAPL"}
    assert ours.keys() >= {"state.pace.newest", "state.results.stops", "state.trips.bought", "state.quotes"}
