"""What the position manager would do next with each position. No fact of the log: only the last word counts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Struct


class What(StrEnum):
    """Pending is what is asked of the broker and not known to rest. A policy that arms watches from that price on."""

    LEAVING = "leaving"
    STOP_RESTS = "stop_rests"
    STOP_PENDING = "stop_pending"
    TARGET_RESTS = "target_rests"
    TARGET_PENDING = "target_pending"
    WATCHED = "watched"
    ARMS = "arms"


class When(StrEnum):
    """Below and above include the price itself."""

    NOW = "now"
    BELOW = "below"
    ABOVE = "above"
    AT = "at"


class NextStep(Struct, frozen=True, kw_only=True):
    """What would happen to `qty` shares; `price` goes with below and above, `at` is market time.

    `policy` is the reason that would be written down, or stop.
    """

    what: What
    when: When
    policy: str
    why: str
    qty: Decimal
    price: Decimal | None = None
    at: datetime | None = None


class Plans(Struct, frozen=True):
    """The steps of each held symbol: what happens now, then prices below and above, the nearest first, then times."""

    account: str
    plans: dict[str, tuple[NextStep, ...]]


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Plans).decode
