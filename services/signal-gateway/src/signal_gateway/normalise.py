"""From bytes of any shape to a signal, or to a refusal that says what was wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import datetime
from typing import cast

import msgspec
from msgspec import Struct

from contracts.signals import Signal, SignalRefused, Source
from contracts.values import SUBJECT_SAFE, derived_id
from signal_gateway import fields
from signal_gateway.fields import Content
from signal_gateway.refusals import Code, RefusedError, duplicate, refusal

MAX_BYTES = 64 * 1024
AHEAD_SECONDS = 60.0
"""A signal may be dated so far ahead of market time, or as far as it may lie back, if that is more."""

CONTROL = frozenset({"ping", "pong", "welcome", "hello", "connected", "heartbeat", "subscribed", "ack", "info"})
"""Message types that belong to the conversation: neither signals nor errors."""

_NO_NUMBER = re.compile(rb'"confidence"\s*:\s*[-+]?(nan|inf)', re.IGNORECASE)
_STRATEGY_LENGTH = 100


class Door(Struct, frozen=True):
    """What a message is held against when it comes in.

    `now` is market time, None while nobody has said it; `max_age` in market seconds, 0 for no limit; `known` are the
    ids of signals that came in before.
    """

    source: Source
    now: datetime | None
    max_age: float
    known: Container[str]


def normalise(data: bytes, door: Door) -> Signal | SignalRefused | None:
    """Read one message; None for one that belongs to the conversation only."""
    try:
        content = _content(data)
        signal = None if _is_control(content) else _signal(content, door)
    except RefusedError as e:
        return refusal(door.source, e.code, e.reason, data)
    if signal is not None and signal.signal_id in door.known:
        return duplicate(signal, data)
    return signal


def _content(data: bytes) -> Content:
    if len(data) > MAX_BYTES:
        raise RefusedError(Code.TOO_LARGE, f"the message had {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        content = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        # Python's own json module writes NaN and Infinity, which JSON does not know.
        if _NO_NUMBER.search(data):
            raise RefusedError(Code.BAD_CONFIDENCE, "confidence was not a number, expected 0 to 1") from e
        raise RefusedError(Code.NOT_JSON, f"the message was not JSON: {str(e).lower()}") from e
    if not isinstance(content, dict):
        raise RefusedError(Code.WRONG_TYPE, f"the message was {fields.kind(content)}, expected an object")
    return cast("Content", content)


def _is_control(content: Content) -> bool:
    kind = fields.text(content, "type")
    if kind != "signal" and kind not in CONTROL:
        raise RefusedError(Code.UNKNOWN_TYPE, f"type was {kind[:100]!r}, expected 'signal'")
    return kind in CONTROL


def _signal(content: Content, door: Door) -> Signal:
    symbol, action = fields.symbol(content), fields.action(content)
    confidence, qty = fields.confidence(content), fields.qty(content)
    strategy = fields.text(content, "strategy", "")[:_STRATEGY_LENGTH]
    at = _at(content, door)
    stop, target = fields.price(content, "stop_loss"), fields.price(content, "take_profit")
    batch, size = fields.batch(content)
    says = (symbol, action, repr(confidence), at.isoformat(), f"{qty}", strategy)
    # Whoever says none of these says what was said before there were such fields.
    more = (f"{stop}", f"{target}", batch, f"{size}") if stop or target or batch else ()
    return Signal(
        signal_id=_id(content, door.source, (*says, *more)),
        source=door.source,
        symbol=symbol,
        action=action,
        confidence=confidence,
        at=at,
        qty=qty,
        strategy=strategy,
        stop_loss=stop,
        take_profit=target,
        batch=batch,
        batch_size=size,
    )


def _id(content: Content, source: Source, says: tuple[str, ...]) -> str:
    """Name it by the sender's id, where that can be a token of a subject, else by all that it says."""
    given = fields.text(content, "id", "")
    named = f"{source}-{given}"
    return named if given and re.fullmatch(SUBJECT_SAFE, named) else derived_id(source, given, *says)


def _at(content: Content, door: Door) -> datetime:
    given = fields.timestamp(content)
    at = door.now if given is None else given
    if at is None:
        raise RefusedError(Code.MISSING_FIELD, "timestamp was missing, and market time is not known yet")
    age = 0.0 if door.now is None else (door.now - at).total_seconds()
    ahead = max(AHEAD_SECONDS, door.max_age)
    if door.max_age and age > door.max_age:
        raise RefusedError(Code.LATE, f"the signal was {age:.0f} s old, at most {door.max_age:g} s are allowed")
    if age < -ahead:
        raise RefusedError(Code.FUTURE, f"the signal was dated {-age:.0f} s ahead, at most {ahead:g} s are allowed")
    return at
