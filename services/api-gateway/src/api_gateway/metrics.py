"""What an alert watches: whether the gate of an account approves, and how much stops its entries."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Gauge

from api_gateway.coverage import coverage
from api_gateway.standing import standing
from api_gateway.view import View

GATE = Gauge("interlock_gate_active", "1 while the gate may approve, 0 while a person has switched it off", ["account"])
STANDING = Gauge("interlock_entry_stops", "Halts, locks, freezing drifts, and a gate that is off", ["account"])

UNPROTECTED = Gauge("interlock_unprotected_shares", "Held shares that no order at the broker protects", ["account"])
SHARE_SECONDS = Gauge(
    "interlock_unprotected_share_seconds", "Market seconds without protection times shares, all added up", ["account"]
)
SECONDS = Gauge(
    "interlock_unprotected_seconds", "Market seconds that a share of a fill had no protection", ["account", "quantile"]
)


def watch(views: Iterable[View]) -> None:
    """Tell of these views whenever the metrics are read."""
    for view in views:
        GATE.labels(view.account).set_function(lambda view=view: float(not view.stops.is_off))
        STANDING.labels(view.account).set_function(lambda view=view: float(len(standing(view.stops))))
        _watch_coverage(view)


def _watch_coverage(view: View) -> None:
    told, account = view.coverage, view.account
    UNPROTECTED.labels(account).set_function(lambda: float(sum(one.qty for one in told.open.values())))
    SHARE_SECONDS.labels(account).set_function(lambda: told.share_seconds)
    SECONDS.labels(account, "0.5").set_function(lambda: coverage(told).p50 or 0.0)
    SECONDS.labels(account, "0.99").set_function(lambda: coverage(told).p99 or 0.0)
    SECONDS.labels(account, "1").set_function(lambda: coverage(told).most or 0.0)
