"""When a position is left for a reason of our own: just before, at, and just after each level."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from contracts.control import EarningsSet, LimitsSet
from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.limits import Limits
from contracts.market import Tick
from contracts.sessions import Earnings

if TYPE_CHECKING:
    from position_manager.plan import Intent

    from .conftest import Manager

D = Decimal
OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
OFF = Limits(break_even=D(0), give_back=D(0))


def given(manager: Manager, limits: Limits, scope: str = "all", strategy: str = "", symbol: str = "") -> None:
    manager.take(
        LimitsSet(control_id=scope, scope=scope, limits=limits, by="ann", strategy=strategy, symbol=symbol)
    )  # fmt: skip


def holding(manager: Manager, price: str = "100", **limits: Any) -> None:  # noqa: ANN401 - any of the limits
    """Hold a share that cost 100, with only those policies on that are named."""
    given(manager, replace(OFF, **limits))
    (placed,) = manager.bought("1", price)
    manager.rest(placed)


def why(intents: tuple[Intent, ...]) -> ExitReason | None:
    """Say why protection is taken back; None where nothing is."""
    if not intents:
        return None
    (cancel,) = intents
    assert isinstance(cancel, CancelProtection)
    return cancel.reason


@pytest.mark.parametrize(
    ("best", "then", "reason"),
    [
        (101.49, 99, None),
        (101.5, 100.01, None),
        (101.5, 100, ExitReason.BREAK_EVEN),
        (101.5, 99.99, ExitReason.BREAK_EVEN),
        (115, 100.01, None),
    ],
)
def test_what_was_a_gain_of_one_and_a_half_percent_is_left_when_it_is_none(
    best: float, then: float, reason: ExitReason | None, manager: Manager
):
    holding(manager, break_even=D("0.015"))
    assert manager.quote(best) == ()
    assert why(manager.quote(then)) is reason


@pytest.mark.parametrize(
    ("best", "then", "reason"),
    [
        (101.99, 100, None),
        (102, 101.01, None),
        (102, 101, ExitReason.GAVE_BACK),
        (102, 95, ExitReason.GAVE_BACK),
        (110, 105.01, None),
        (110, 105, ExitReason.GAVE_BACK),
    ],
)
def test_from_two_percent_on_half_of_the_best_gain_may_be_given_back(
    best: float, then: float, reason: ExitReason | None, manager: Manager
):
    holding(manager, give_back=D("0.5"), give_back_activation=D("0.02"))
    assert manager.quote(best) == ()
    assert why(manager.quote(then)) is reason


def test_there_is_nothing_to_give_back_before_there_is_a_gain(manager: Manager):
    holding(manager, give_back=D("0.5"), give_back_activation=D(0))
    assert manager.quote(100) == ()
    assert manager.quote(99) == ()


@pytest.mark.parametrize(
    ("activation", "best", "then", "reason"),
    [
        ("0.01", 100.99, 98, None),
        ("0.01", 101, 99.991, None),
        ("0.01", 101, 99.99, ExitReason.TRAILED),
        ("0.01", 120, 118.81, None),
        ("0.01", 120, 118.8, ExitReason.TRAILED),
        ("0", 100, 99.01, None),
        ("0", 100, 99, ExitReason.TRAILED),
    ],
)
def test_after_activation_a_position_is_left_one_percent_below_its_highest_price(
    activation: str, best: float, then: float, reason: ExitReason | None, manager: Manager
):
    holding(manager, trail_fraction=D("0.01"), trail_activation=D(activation))
    assert manager.quote(best) == ()
    assert why(manager.quote(then)) is reason


@pytest.mark.parametrize("limits", [{"break_even": D("0.015")}, {"give_back": D("0.5")}, {"trail_fraction": D("0.01")}])
def test_nothing_is_armed_and_nothing_left_while_the_market_is_closed(limits: dict[str, Any], manager: Manager):
    holding(manager, **limits)
    manager.tick(is_open=False)
    manager.quote(110)
    assert manager.quote(100.5) == ()
    assert manager.tick() == ()
    assert manager.marks == []
    manager.quote(110)
    manager.tick(is_open=False)
    assert manager.quote(90) == ()
    assert why(manager.tick()) is not None


def test_a_gain_that_is_lost_is_worth_more_than_break_even(manager: Manager):
    holding(manager, break_even=D("0.015"), give_back=D("0.5"))
    manager.quote(102)
    assert why(manager.quote(99)) is ExitReason.GAVE_BACK


def test_what_is_turned_off_leaves_nothing(manager: Manager):
    holding(manager)
    manager.quote(119)
    assert manager.quote(96) == ()
    assert manager.marks == []


@pytest.mark.parametrize(("seconds", "reason"), [(-1, None), (0, ExitReason.END_OF_DAY), (60, ExitReason.END_OF_DAY)])
def test_a_position_is_left_so_many_minutes_before_the_close(seconds: int, reason: ExitReason | None, manager: Manager):
    holding(manager, flat_minutes_before_close=15)
    until = timedelta(hours=6, minutes=15).total_seconds() - 1
    assert why(manager.tick(seconds=until + seconds)) is reason


def test_a_position_stays_overnight_where_nothing_else_is_said(manager: Manager):
    holding(manager)
    assert manager.tick(seconds=timedelta(hours=6, minutes=29).total_seconds()) == ()


# It is Monday, 2013-10-07.
@pytest.mark.parametrize(
    ("days", "symbol", "day", "reason"),
    [
        (0, "SPY", date(2013, 10, 7), None),
        (1, "SPY", date(2013, 10, 9), None),
        (1, "SPY", date(2013, 10, 8), ExitReason.EARNINGS),
        (1, "SPY", date(2013, 10, 7), ExitReason.EARNINGS),
        (1, "SPY", date(2013, 10, 4), None),
        (1, "IBM", date(2013, 10, 8), None),
        (5, "SPY", date(2013, 10, 15), None),
        (5, "SPY", date(2013, 10, 14), ExitReason.EARNINGS),
    ],
)
def test_a_position_is_left_before_the_company_reports(
    days: int, symbol: str, day: date, reason: ExitReason | None, manager: Manager
):
    holding(manager, earnings_exit_days=days)
    calendar = (Earnings(symbol="IBM", day=date(2013, 10, 30)), Earnings(symbol=symbol, day=day))
    manager.take(EarningsSet(control_id="c", scope="all", earnings=calendar, by="ann"))
    assert manager.tick(is_open=False) == ()
    assert why(manager.tick()) is reason


def test_a_position_is_left_in_the_last_session_before_a_report_though_a_holiday_lies_between(manager: Manager):
    holding(manager, earnings_exit_days=1)
    report = Earnings(symbol="SPY", day=date(2013, 10, 9))
    manager.take(EarningsSet(control_id="c", scope="all", earnings=(report,), by="ann"))
    close = manager.at.replace(hour=20, minute=0)
    tick = Tick(at=manager.at, is_open=True, next_open=OPEN + timedelta(days=1), next_close=close)
    assert manager.take(tick) == ()
    assert why(manager.take(replace(tick, next_open=OPEN + timedelta(days=2)))) is ExitReason.EARNINGS


def test_the_calendar_of_another_account_is_not_ours(manager: Manager):
    holding(manager, earnings_exit_days=1)
    report = Earnings(symbol="SPY", day=date(2013, 10, 8))
    manager.take(EarningsSet(control_id="c", scope="growth", earnings=(report,), by="ann"))
    assert manager.tick() == ()


def test_a_reason_stands_though_the_price_comes_back(manager: Manager):
    holding(manager, give_back=D("0.5"))
    manager.quote(102)
    manager.quote(101)
    manager.quote(105)
    placed = next(intent for intent in manager.wanted if isinstance(intent, PlaceProtection))
    (close,) = manager.end(placed)
    assert isinstance(close, ClosePosition)
    assert close.reason is ExitReason.GAVE_BACK


def test_the_narrowest_word_counts(manager: Manager):
    given(manager, replace(OFF, trail_fraction=D("0.05")))
    given(manager, replace(OFF, trail_fraction=D("0.04")), scope="paper")
    given(manager, replace(OFF, trail_fraction=D("0.03")), strategy="ema")
    given(manager, replace(OFF, trail_fraction=D("0.02")), symbol="SPY", scope="growth")
    given(manager, replace(OFF, trail_fraction=D("0.01")), symbol="IBM")
    manager.approved("e1", None, None, strategy="ema")
    for order in ("e1", "e2"):
        (placed,) = manager.bought("1", "100", order=order)
        manager.rest(placed)
    assert why(manager.quote(97)) is ExitReason.TRAILED
    assert why(manager.quote(96)) is ExitReason.TRAILED


def test_what_is_watched_follows_the_limits_of_the_day(manager: Manager):
    holding(manager)
    manager.quote(103)
    given(manager, replace(OFF, break_even=D("0.015")))
    assert manager.quote(99) == ()
    manager.quote(103)
    assert why(manager.quote(99)) is ExitReason.BREAK_EVEN
