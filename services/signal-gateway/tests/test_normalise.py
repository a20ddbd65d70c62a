"""Any bytes become a signal, a refusal or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.log import decode, encode, subject
from contracts.signals import Action, Signal, SignalRefused, Source
from contracts.values import derived_id
from signal_gateway.normalise import MAX_BYTES, Door, normalise

NOW = datetime(2025, 6, 20, 14, 30, 30, tzinfo=UTC)
SENT = {
    "type": "signal",
    "symbol": "TSLA",
    "action": "BUY",
    "confidence": 0.91,
    "timestamp": "2025-06-20T14:30:12",
    "id": "a1",
}


def door(*, now: datetime | None = NOW, max_age: float = 60, known: Container[str] = ()) -> Door:
    return Door(source=Source.WS, now=now, max_age=max_age, known=known)


def message(**changes: object) -> bytes:
    return json.dumps({name: value for name, value in {**SENT, **changes}.items() if value is not ...}).encode()


def signal(data: bytes, at: Door | None = None) -> Signal:
    found = normalise(data, at or door())
    assert isinstance(found, Signal), found
    return found


def code(data: bytes, at: Door | None = None) -> str:
    found = normalise(data, at or door())
    assert isinstance(found, SignalRefused), found
    return found.code


def test_the_seeds_message_becomes_a_signal() -> None:
    assert signal(message(id=...)) == Signal(
        signal_id=signal(message(id=None)).signal_id,
        source=Source.WS,
        symbol="TSLA",
        action=Action.BUY,
        confidence=0.91,
        at=datetime(2025, 6, 20, 14, 30, 12, tzinfo=UTC),
    )


def test_optional_fields_are_taken_over() -> None:
    prices = {"stop_loss": 470.5, "take_profit": "512.250"}
    batch = {"batch": "2025-06-20 open", "batch_size": 8}
    more = {"qty": "2.50", "strategy": "momentum", "confidence": 1, **prices, **batch}
    found = signal(message(symbol=" brk.b ", action="sell", **more))
    assert found == Signal(
        signal_id="ws-a1",
        source=Source.WS,
        symbol="BRK.B",
        action=Action.SELL,
        confidence=1.0,
        at=datetime(2025, 6, 20, 14, 30, 12, tzinfo=UTC),
        qty=Decimal("2.5"),
        strategy="momentum",
        stop_loss=Decimal("470.5"),
        take_profit=Decimal("512.25"),
        batch="2025-06-20 open",
        batch_size=8,
    )


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("2025-06-20T14:30:12Z", NOW - timedelta(seconds=18)),
        ("2025-06-20T10:30:12-04:00", NOW - timedelta(seconds=18)),
        ("2025-06-20T14:30:12.5", NOW - timedelta(seconds=17.5)),
        (..., NOW),
        (None, NOW),
        ("", NOW),
    ],
)
def test_a_timestamp_is_utc_unless_it_says_otherwise_and_market_time_where_it_is_missing(
    timestamp: object, at: datetime
) -> None:
    assert signal(message(timestamp=timestamp)).at == at


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "not_json"),
        (b"BUY TSLA", "not_json"),
        (b'{"type":"signal"', "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 60_000, "not_json"),
        (b'{"a":' * 12_000, "not_json"),
        (b"[]", "wrong_type"),
        (b"null", "wrong_type"),
        (b'"signal"', "wrong_type"),
        (b"12", "wrong_type"),
        (message(type=...), "missing_field"),
        (message(type=7), "wrong_type"),
        (message(type="order"), "unknown_type"),
        (message(symbol=...), "missing_field"),
        (message(symbol=["TSLA"]), "wrong_type"),
        (message(symbol="../../x"), "bad_symbol"),
        (message(symbol=""), "bad_symbol"),
        (message(symbol="A" * 500), "bad_symbol"),
        (message(symbol="T SLA"), "bad_symbol"),
        (message(symbol="*"), "bad_symbol"),
        (message(symbol="\N{LATIN SMALL LETTER SHARP S}"), "bad_symbol"),
        (message(action=None), "missing_field"),
        (message(action=1), "wrong_type"),
        (message(action="SHORT"), "unknown_action"),
        (message(action=""), "unknown_action"),
        (message(confidence=...), "missing_field"),
        (message(confidence="0.9"), "wrong_type"),
        (message(confidence=True), "wrong_type"),
        (message(confidence=float("nan")), "bad_confidence"),
        (message(confidence=float("inf")), "bad_confidence"),
        (message(confidence=-0.1), "bad_confidence"),
        (message(confidence=91), "bad_confidence"),
        (message(confidence=10**400), "bad_confidence"),
        (message(timestamp=1750429812), "wrong_type"),
        (message(timestamp="yesterday"), "bad_timestamp"),
        (message(timestamp="0001-01-01T00:00:00+14:00"), "bad_timestamp"),
        (message(qty=True), "wrong_type"),
        (message(qty=[1]), "wrong_type"),
        (message(qty=0), "bad_qty"),
        (message(qty=-3), "bad_qty"),
        (message(qty="NaN"), "bad_qty"),
        (message(qty="sNaN"), "bad_qty"),
        (message(qty="many"), "bad_qty"),
        (message(qty="1e-400"), "bad_qty"),
        (message(qty="1e999999999"), "bad_qty"),
        (message(qty="0.12345678901"), "bad_qty"),
        (message(stop_loss="low"), "bad_price"),
        (message(stop_loss=0), "bad_price"),
        (message(stop_loss=False), "wrong_type"),
        (message(take_profit=-1), "bad_price"),
        (message(take_profit=10_000_001), "bad_price"),
        (message(take_profit={}), "wrong_type"),
        (message(batch="b"), "wrong_type"),
        (message(batch="b", batch_size="8"), "wrong_type"),
        (message(batch="b", batch_size=True), "wrong_type"),
        (message(batch="b", batch_size=0), "bad_batch"),
        (message(batch="b", batch_size=100_001), "bad_batch"),
        (message(batch="b" * 101, batch_size=8), "bad_batch"),
        (message(batch_size=8), "bad_batch"),
        (message(batch=7, batch_size=8), "wrong_type"),
        (message(strategy={}), "wrong_type"),
        (message(id=5), "wrong_type"),
        (b" " * (MAX_BYTES + 1), "too_large"),
        (message(timestamp="2025-06-20T14:29:29"), "late"),
        (message(timestamp="2025-06-20T14:31:31"), "future"),
    ],
    ids=lambda value: value[:40].decode(errors="replace") if isinstance(value, bytes) else value,
)
def test_a_bad_message_is_refused_with_its_code(data: bytes, expected: str) -> None:
    assert code(data) == expected


def test_a_refusal_says_what_arrived_and_what_was_wrong() -> None:
    data = message(action="SHORT")
    assert normalise(data, door()) == SignalRefused(
        refusal_id=derived_id("ws", "unknown_action", hashlib.sha256(data).hexdigest()),
        source=Source.WS,
        code="unknown_action",
        reason="action was 'SHORT', expected BUY, SELL, HOLD",
        received=data.decode(),
        size=len(data),
    )


def test_a_refusal_keeps_only_the_beginning_of_what_arrived() -> None:
    found = normalise(b"x" * 10**6, door())
    assert isinstance(found, SignalRefused)
    assert (found.size, found.received) == (10**6, "x" * 2_000)


@pytest.mark.parametrize("kind", ["ping", "pong", "welcome", "heartbeat"])
def test_the_conversation_around_signals_is_passed_over(kind: str) -> None:
    assert normalise(json.dumps({"type": kind}).encode(), door()) is None


def test_the_same_content_has_the_same_id_and_other_content_another() -> None:
    changes: tuple[dict[str, object], ...] = (
        {},
        {},
        {"confidence": 0.92},
        {"qty": 1},
        {"stop_loss": 400},
        {"batch": "b", "batch_size": 2},
    )
    ids = [signal(message(id=..., **change)).signal_id for change in changes]
    assert ids[0] == ids[1] == "2f99f0cd-b43b-52f9-a260-4947fbd44cb9"
    assert len(set(ids)) == 5


@pytest.mark.parametrize("given", ["a.b", "a b", "*", "x" * 200, "\n", "\N{SNOWMAN}", "a\n"])
def test_an_id_that_cannot_be_a_token_is_replaced_by_one_that_can(given: str) -> None:
    found = signal(message(id=given))
    assert found.signal_id == signal(message(id=given)).signal_id
    assert found.signal_id != signal(message(id=...)).signal_id
    assert subject(found).count(".") == 2


def test_a_signal_that_came_in_before_is_a_duplicate() -> None:
    found = normalise(message(), door(known={"ws-a1"}))
    assert isinstance(found, SignalRefused)
    assert (found.code, found.signal_id) == ("duplicate", "ws-a1")


def test_without_a_limit_any_age_is_accepted_but_not_the_future() -> None:
    unlimited = door(max_age=0)
    assert signal(message(timestamp="1999-01-01T00:00:00"), unlimited).at.year == 1999
    assert code(message(timestamp="2025-06-20T14:31:31"), unlimited) == "future"


def test_where_signals_may_be_old_they_may_be_dated_as_far_ahead() -> None:
    at_sixty_times = door(max_age=900)
    assert signal(message(timestamp="2025-06-20T14:45:00"), at_sixty_times)
    assert code(message(timestamp="2025-06-20T14:46:00"), at_sixty_times) == "future"


def test_before_market_time_is_known_a_signal_must_bring_its_own() -> None:
    assert signal(message(timestamp="1999-01-01T00:00:00"), door(now=None))
    assert code(message(timestamp=...), door(now=None)) == "missing_field"


# How quick a machine is at it proves nothing.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def holds(data: bytes) -> None:
    """Whatever arrives, what is made of it can be stored and read again."""
    found = normalise(data, door())
    if found is not None:
        assert decode(encode(found)) == found
        assert len(subject(found).split(".")) == 3


@untimed
@given(st.binary())
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    holds(data)


@untimed
@given(st.dictionaries(st.sampled_from([*SENT, "qty", "strategy", "stop_loss", "batch", "batch_size"]), anything))
def test_arbitrary_fields_never_raise(changes: dict[str, object]) -> None:
    holds(message(**changes))


@untimed
@given(st.text(), st.text(), st.text())
def test_arbitrary_texts_never_raise(strategy: str, sender_id: str, qty: str) -> None:
    holds(message(strategy=strategy, id=sender_id, qty=qty))
