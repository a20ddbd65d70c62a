"""The gate's verdicts of a day in New York."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec import structs

from api_gateway.today import Today, as_of, counted
from contracts.signals import Source
from contracts.verdicts import ExitApproved, OrderDenied

# Still the second of March in New York.
LATE = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)
DENIED = OrderDenied(
    denial_id="d", signal_id="s", account="paper", source=Source.WS, symbol="SPY", code="halt", reason="", value="",
    limit="", at=LATE, checks=(),
)  # fmt: skip
LEFT = ExitApproved(approval_id="a", signal_id="s", account="paper", source=Source.WS, symbol="SPY", at=LATE, checks=())


def test_verdicts_are_counted_by_what_they_say_and_denials_by_their_code():
    today = Today()
    for verdict in (DENIED, LEFT, DENIED, structs.replace(DENIED, code="stale")):
        today = counted(today, verdict)
    assert today == Today(day=date(2026, 3, 2), exits=1, denied={"halt": 2, "stale": 1})


def test_a_day_begins_at_midnight_in_new_york():
    today = counted(Today(), DENIED)
    midnight = LATE + timedelta(minutes=1)
    assert counted(today, structs.replace(LEFT, at=midnight)) == Today(day=date(2026, 3, 3), exits=1)
    assert as_of(today, midnight) == Today(day=date(2026, 3, 3))
    assert (as_of(today, LATE), as_of(today, None)) == (today, today)
