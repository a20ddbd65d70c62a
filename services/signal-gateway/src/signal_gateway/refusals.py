"""Why a message is refused, in code and in words. Pure."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from contracts.signals import Signal, SignalRefused, Source
from contracts.values import derived_id

SHOWN_BYTES = 2_000
"""So much of what was refused is kept."""


class Code(StrEnum):
    """What was wrong."""

    NOT_JSON = "not_json"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_FIELD = "missing_field"
    BAD_SYMBOL = "bad_symbol"
    UNKNOWN_ACTION = "unknown_action"
    BAD_CONFIDENCE = "bad_confidence"
    BAD_TIMESTAMP = "bad_timestamp"
    BAD_QTY = "bad_qty"
    BAD_PRICE = "bad_price"
    BAD_BATCH = "bad_batch"
    TOO_LARGE = "too_large"
    DUPLICATE = "duplicate"
    LATE = "late"
    FUTURE = "future"


class RefusedError(Exception):
    """Ends the reading of one message; never leaves `normalise`."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def refusal(source: Source, code: Code, reason: str, data: bytes, signal_id: str = "") -> SignalRefused:
    """Say no to a message. The same message is refused under the same id."""
    return SignalRefused(
        refusal_id=derived_id(source, code, hashlib.sha256(data).hexdigest()),
        source=source,
        code=code,
        reason=reason,
        received=data[:SHOWN_BYTES].decode(errors="replace"),
        size=len(data),
        signal_id=signal_id,
    )


def duplicate(signal: Signal, data: bytes) -> SignalRefused:
    reason = f"a signal {signal.signal_id} came in before"
    return refusal(signal.source, Code.DUPLICATE, reason, data, signal.signal_id)
