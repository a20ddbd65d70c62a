"""What people are told of a position's next steps is what the position manager does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from contracts.control import EarningsSet, LimitsSet
from contracts.exits import CancelProtection, ExitReason
from contracts.limits import Limits
from contracts.market import Tick
from contracts.plans import NextStep, What, When
from contracts.sessions import Earnings
from position_manager.outlook import plans

from .conftest import OPEN

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal
OCO = "good till canceled, stop and target in one group: whichever fills ends the other"
DAY = "a plain day order, renewed day by day: the broker takes fractions in no other"
LATER = "leaves then, or when the market is open next"


def set_limits(manager: Manager, limits: Limits) -> None:
    manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann"))


def bought(manager: Manager, qty: str) -> None:
    for placed in manager.bought(qty, "100"):
        manager.rest(placed)
    manager.quote(100)


def steps(manager: Manager) -> tuple[NextStep, ...]:
    told = plans(manager.state)
    assert (told.account, [*told.plans]) == ("paper", ["SPY"])
    return told.plans["SPY"]


def step(what: What, when: When, policy: str, why: str, qty: str, price: str = "") -> NextStep:
    return NextStep(what=what, when=when, policy=policy, why=why, qty=D(qty), price=D(price) if price else None)


def short(manager: Manager) -> list[str]:
    return [f"{s.what} {s.policy} {s.when} {s.price or s.at or ''} {s.qty}".replace("  ", " ") for s in steps(manager)]


def test_a_position_that_rests_has_its_levels_in_order_and_its_last_day(manager: Manager):
    bought(manager, "10")
    last = NextStep(
        what=What.WATCHED, when=When.AT, policy="time_stop", why=LATER, qty=D(10),
        at=OPEN + timedelta(seconds=1, days=7),
    )  # fmt: skip
    assert steps(manager) == (
        step(What.STOP_RESTS, When.BELOW, "stop", OCO, "10", "95"),
        step(What.ARMS, When.ABOVE, "break_even", "is watched once the price was here", "10", "101.5"),
        step(What.ARMS, When.ABOVE, "gave_back", "is watched once the price was here", "10", "102"),
        step(What.TARGET_RESTS, When.ABOVE, "target", OCO, "10", "120"),
        last,
    )


def test_what_is_watched_says_at_which_price_and_by_which_number(manager: Manager):
    bought(manager, "10")
    manager.quote(110)
    gave_back = "Once the gain was `give_back_activation` (0.02), leave when `give_back` (0.5) of the best one is lost."
    cost = "Once the gain was `break_even` (0.015), leave when the price is back at what the shares cost."
    assert steps(manager)[:3] == (
        step(What.WATCHED, When.BELOW, "gave_back", gave_back.replace("`", ""), "10", "105"),
        step(What.WATCHED, When.BELOW, "break_even", cost.replace("`", ""), "10", "100"),
        step(What.STOP_RESTS, When.BELOW, "stop", OCO, "10", "95"),
    )


def test_the_first_price_below_is_where_it_is_left(manager: Manager):
    bought(manager, "10")
    manager.quote(110)
    (first, *_) = steps(manager)
    assert first.price is not None
    assert manager.quote(float(first.price) + 0.01) == ()
    (cancel,) = manager.quote(float(first.price))
    assert isinstance(cancel, CancelProtection)
    assert cancel.reason == first.policy
    (leaving,) = steps(manager)
    assert (leaving.what, leaving.when, leaving.policy, leaving.qty) == (What.LEAVING, When.NOW, "gave_back", 10)


def test_the_target_of_a_fraction_is_watched_and_its_stop_is_a_day_order(manager: Manager):
    set_limits(manager, Limits(break_even=D(0), give_back=D(0)))
    bought(manager, "0.5")
    why = "Leave a fraction at its target: the broker takes none beside its stop."
    assert steps(manager)[:-1] == (
        step(What.STOP_RESTS, When.BELOW, "stop", DAY, "0.5", "95"),
        step(What.WATCHED, When.ABOVE, "target", why, "0.5", "120"),
    )


def test_what_is_the_same_for_several_parts_is_told_once_and_what_differs_of_each(manager: Manager):
    set_limits(manager, Limits(scale_out=("0.05:0.5",), break_even=D(0), give_back=D(0), flat_minutes_before_close=30))
    bought(manager, "10")
    assert short(manager) == [
        "stop_rests stop below 95.00 10",
        "target_rests target above 105.00 5",
        "target_rests target above 120.00 5",
        "watched end_of_day at 2013-10-07 19:30:00+00:00 10",
        "watched time_stop at 2013-10-14 13:30:01+00:00 10",
    ]


def test_what_the_broker_has_not_taken_yet_is_pending(manager: Manager):
    manager.bought("10", "100")
    assert short(manager)[0] == "stop_pending stop below 95.00 10"
    assert "target_pending target above 120.00 10" in short(manager)


def test_while_the_market_is_closed_the_prices_of_its_next_hours_are_told(manager: Manager):
    bought(manager, "10")
    manager.quote(110)
    before = short(manager)
    manager.tick(is_open=False)
    assert short(manager) == before


def test_what_is_overdue_leaves_once_the_market_is_open(manager: Manager):
    bought(manager, "10")
    manager.tick(is_open=False, seconds=8 * 86_400)
    said = "Leave what was held longer than max_days (7): days of market time, nights and weekends included."
    why = f"once the market is open: {said}"
    assert steps(manager)[0] == step(What.WATCHED, When.NOW, "time_stop", why, "10")


def test_what_was_sold_has_no_plan_any_more(manager: Manager):
    placed = manager.protected()
    manager.sold(placed, "4", "4")
    assert short(manager)[0] == "stop_rests stop below 160.08 6"
    manager.sold(placed, "6", "10")
    assert plans(manager.state).plans == {}


def reports(manager: Manager, day: date, days: int) -> None:
    set_limits(manager, Limits(earnings_exit_days=days))
    calendar = (Earnings(symbol="SPY", day=day), Earnings(symbol="SPY", day=date(2013, 7, 30)))
    manager.take(EarningsSet(control_id="e", scope="all", earnings=calendar, by="ann"))


def before_a_report(manager: Manager) -> list[tuple[What, datetime | None]]:
    return [(one.what, one.at) for one in steps(manager) if one.policy == ExitReason.EARNINGS]


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2013, 10, 30), 1, datetime(2013, 10, 29, 13, 30, tzinfo=UTC)),
        (date(2013, 10, 30), 4, datetime(2013, 10, 24, 13, 30, tzinfo=UTC)),
        (date(2013, 11, 4), 1, datetime(2013, 11, 1, 13, 30, tzinfo=UTC)),  # the Friday before a Monday
        (date(2013, 11, 6), 1, datetime(2013, 11, 5, 14, 30, tzinfo=UTC)),  # in winter it opens an hour later
        (date(2013, 10, 9), 1, OPEN + timedelta(days=1)),
    ],
)
def test_before_a_report_it_is_told_at_which_open_the_position_leaves(
    day: date, days: int, expected: datetime, manager: Manager
):
    bought(manager, "10")
    reports(manager, day, days)
    assert before_a_report(manager) == [(What.WATCHED, expected)]
    assert next(one.why for one in steps(manager) if one.policy == ExitReason.EARNINGS).startswith(
        f"the company reports on {day}"
    )


def test_what_is_told_of_a_report_is_what_happens(manager: Manager):
    bought(manager, "10")
    reports(manager, date(2013, 10, 10), 2)
    at = OPEN + timedelta(days=1)
    assert before_a_report(manager) == [(What.WATCHED, at)]
    for moment in (at - timedelta(seconds=1), at):
        is_open = moment == at
        next_open = OPEN + timedelta(days=2 if is_open else 1)
        tick = Tick(at=moment, is_open=is_open, next_open=next_open, next_close=OPEN + timedelta(days=1, hours=6.5))
        assert [intent.reason for intent in manager.take(tick)] == ([ExitReason.EARNINGS] if is_open else [])
    assert before_a_report(manager) == [(What.LEAVING, None)]


def test_a_holiday_before_the_next_session_is_known(manager: Manager):
    bought(manager, "10")
    reports(manager, date(2013, 10, 10), 2)
    later = OPEN + timedelta(days=2)
    close = OPEN + timedelta(hours=6.5)
    manager.take(Tick(at=manager.at, is_open=True, next_open=later, next_close=close))
    assert before_a_report(manager) == [(What.WATCHED, later)]


def test_of_reports_that_are_over_or_of_no_concern_nothing_is_told(manager: Manager):
    bought(manager, "10")
    reports(manager, date(2013, 10, 4), 3)
    assert before_a_report(manager) == []
    reports(manager, date(2013, 10, 30), 0)
    assert before_a_report(manager) == []
