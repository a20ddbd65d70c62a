"""The life of an order at the broker, as a table.

An order begins when the executor knows that it must exist: SUBMITTING is written before nothing and after
the approval or exit in the log, which is the intent. From there the broker decides. Three facts shape the table.

A fill can cross a cancel on the wire, and the fill is the truth: so CANCELED, EXPIRED and even REJECTED still
accept fills, because shares that moved must be booked whatever the order was called at that moment.

Silence is not an answer: a submit that timed out is UNKNOWN, which is neither working nor dead. Only the
broker's own word leads out of it, so nothing but an event that the broker told us ends UNKNOWN.

The broker's stream may skip steps (most cancels never show pending_cancel, a fast fill never shows new), so
every working status accepts every later event.
"""

from __future__ import annotations

from enum import StrEnum


class OrderStatus(StrEnum):
    """Ours first, then Alpaca's own words."""

    SUBMITTING = "submitting"
    WITHHELD = "withheld"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    PENDING_NEW = "pending_new"
    NEW = "new"
    HELD = "held"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_CANCEL = "pending_cancel"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"


S = OrderStatus

WORKING = frozenset({S.ACCEPTED, S.PENDING_NEW, S.NEW, S.HELD, S.PARTIALLY_FILLED, S.PENDING_CANCEL})
"""The broker has it and it may still trade."""

TERMINAL = frozenset({S.WITHHELD, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED, S.REPLACED})
"""Nothing more is expected of it."""

OPEN = frozenset(S) - TERMINAL
"""It may trade, or nobody knows: counts against every limit."""

_ENDS = frozenset({S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED, S.REPLACED})

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.SUBMITTING: WORKING | _ENDS | {S.UNKNOWN, S.WITHHELD},
    S.UNKNOWN: WORKING | _ENDS | {S.WITHHELD},
    S.ACCEPTED: WORKING - {S.ACCEPTED} | _ENDS,
    S.PENDING_NEW: WORKING - {S.ACCEPTED, S.PENDING_NEW} | _ENDS,
    S.NEW: frozenset({S.PARTIALLY_FILLED, S.PENDING_CANCEL, S.HELD}) | _ENDS,
    S.HELD: frozenset({S.NEW, S.ACCEPTED, S.PENDING_NEW, S.PARTIALLY_FILLED, S.PENDING_CANCEL}) | _ENDS,
    S.PARTIALLY_FILLED: frozenset({S.PARTIALLY_FILLED, S.PENDING_CANCEL}) | _ENDS,
    # A refused cancel returns the order to where it was.
    S.PENDING_CANCEL: frozenset({S.NEW, S.PARTIALLY_FILLED}) | _ENDS,
    # A fill that crossed the end on the wire.
    S.CANCELED: frozenset({S.PARTIALLY_FILLED, S.FILLED, S.CANCELED}),
    S.EXPIRED: frozenset({S.PARTIALLY_FILLED, S.FILLED, S.EXPIRED}),
    S.REJECTED: frozenset({S.PARTIALLY_FILLED, S.FILLED}),
    S.REPLACED: frozenset({S.PARTIALLY_FILLED, S.FILLED}),
    S.FILLED: frozenset(),
    S.WITHHELD: frozenset(),
}


def may_become(status: OrderStatus, after: OrderStatus) -> bool:
    """Say whether an order of `status` may be `after` next."""
    return after in TRANSITIONS[status]
