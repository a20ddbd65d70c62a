"""What the executor knows of the broker and the prices. No fact of the log: only the last word counts.

Ages and times are seconds of the wall, None where nothing came yet; latencies are milliseconds.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct


class Calls(Struct, frozen=True, kw_only=True):
    """Questions and answers. `reachable`: the last one was answered, be it with a no; latencies of the last 100."""

    reachable: bool | None = None
    calls: int = 0
    failed: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    last_answer_age: float | None = None
    last_error: str = ""
    last_error_age: float | None = None


class Budget(Struct, frozen=True, kw_only=True):
    """Requests left of `limit` a minute (0: no limit); `paused` while the provider asked for a pause."""

    left: float
    limit: float
    resets_in: float | None = None
    paused: float = 0.0
    waiting: int = 0


class Stream(Struct, frozen=True, kw_only=True):
    """`connected_for` is None while it is not; `connects` counts the connections that came up."""

    name: str = ""
    connected_for: float | None = None
    frame_age: float | None = None
    connects: int = 0
    last_error: str = ""
    last_error_age: float | None = None


class Broker(Struct, frozen=True, kw_only=True):
    rest: Calls
    budget: Budget
    orders: Stream


class Prices(Struct, frozen=True, kw_only=True):
    """Who is asked now and for which feed; `fallback` says why it is not the one that was wanted.

    `unpriced` are followed symbols of which no quote came yet; `oldest` is the symbol whose quote is oldest.
    """

    provider: str
    feed: str
    fallback: str
    rest: Calls
    budget: Budget
    stream: Stream
    priced: int = 0
    unpriced: tuple[str, ...] = ()
    oldest: str = ""
    oldest_age: float | None = None


class Providers(Struct, frozen=True, kw_only=True):
    """`clock_age`: how old the broker's last word about market time is."""

    account: str
    at: datetime
    broker: Broker
    prices: Prices
    clock_age: float | None = None


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Providers).decode
