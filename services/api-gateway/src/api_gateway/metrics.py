"""What an alert watches: whether the gate of an account approves, and how much stops its entries."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Gauge

from api_gateway.standing import standing
from api_gateway.view import View

GATE = Gauge("interlock_gate_active", "1 while the gate may approve, 0 while a person has switched it off", ["account"])
STANDING = Gauge("interlock_entry_stops", "Halts, locks, freezing drifts, and a gate that is off", ["account"])


def watch(views: Iterable[View]) -> None:
    """Tell of these views whenever the metrics are read."""
    for view in views:
        GATE.labels(view.account).set_function(lambda view=view: float(not view.stops.is_off))
        STANDING.labels(view.account).set_function(lambda view=view: float(len(standing(view.stops))))
