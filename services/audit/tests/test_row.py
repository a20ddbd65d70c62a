from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from audit.row import Row, row
from chassis.log import RawRecord
from contracts.log import encode
from contracts.orders import OrderFilled
from contracts.signals import Signal

AT = datetime(2026, 3, 2, 17, tzinfo=UTC)


def test_a_message_gives_its_kind_account_and_ids(fill: Callable[..., OrderFilled]):
    message = fill("e1", "c1", parent="p1")
    raw = RawRecord(7, AT, "fills.paper.e1", encode(message), cause=3, trace="00-aa-bb-01", number=2)

    made = row(raw)

    assert made._replace(body=None) == Row(
        7, AT, "fills.paper.e1", "OrderFilled", "paper", ["c1", "p1", "e1"], 3, "00-aa-bb-01", 2, None, raw.data
    )
    assert json.loads(made.body or "") == json.loads(raw.data)


def test_what_no_message_fits_is_a_row_with_its_bytes_alone():
    for data in (b"", b"\xff\x00", b"not json", b"{}", b'{"kind":"Unheard"}', b'{"kind":"Signal","signal_id":1}'):
        assert row(RawRecord(1, AT, "signals.ws.a", data)) == Row(
            1, AT, "signals.ws.a", "", "", [], 0, "", 0, None, data
        )


def test_what_postgresql_cannot_hold_stands_in_the_bytes_alone(signal: Callable[..., Signal]):
    nul = encode(signal(why="a\0b"))
    unknown = encode(signal()).replace(b'"kind"', b'"unknown":1e400000,"kind"')

    made = row(RawRecord(1, AT, "signals.ws.a\0", nul, trace="\0"))

    assert (made.data, made.subject, made.trace) == (nul, "signals.ws.a\ufffd", "\ufffd")
    assert json.loads(made.body or "")["why"] == "a\ufffdb"
    assert "unknown" not in json.loads(row(RawRecord(1, AT, "signals.ws.a", unknown)).body or "")
