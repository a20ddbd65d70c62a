"""What the executor counts."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SUBMITTED = Counter("interlock_orders_submitted_total", "Submits that the broker took", ["purpose"])
REJECTED = Counter("interlock_orders_rejected_total", "Submits that the broker refused", ["purpose"])
WITHHELD = Counter("interlock_orders_withheld_total", "Approved orders that were not sent", ["code"])
UNKNOWN = Counter("interlock_orders_unknown_total", "Submits whose outcome was not known at first", ["purpose"])
SUBMIT_SECONDS = Histogram(
    "interlock_submit_seconds",
    "From the broker's call to its answer",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DIFFERENCES = Counter("interlock_differences_total", "What reconciliation found to differ at the broker", ["kind"])
RECONCILED = Gauge("interlock_reconciled_timestamp_seconds", "When the book was last held against the broker's")
BUDGET_LEFT = Gauge("interlock_broker_requests_left", "Requests left in the broker's budget")
STREAM_UP = Gauge("interlock_broker_stream_up", "Whether a stream of the broker is connected", ["stream"])
