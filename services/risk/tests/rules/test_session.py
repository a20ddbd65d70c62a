from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.control import SessionsSet
from contracts.limits import Limits
from contracts.sessions import ANY_SETUP, Session, Setup, Weekday
from contracts.verdicts import OrderApproved
from risk import sessions
from risk.candidate import Answer, Candidate
from risk.core import evolve
from risk.example import NOON
from risk.rules.session import session
from risk.state import State
from risk.verdict import Verdict

EMA = Setup(name="ema", min_confidence=0.8, max_entries=2, size=Decimal("0.5"), symbols=("AAPL", "SPY"))
DRIVE = Session(name="drive", start="09:35", end="10:30", setups=(EMA,))
AFTERNOON = Session(name="afternoon", start="10:00", end="15:30", days=(Weekday.MON, Weekday.TUE))
PLAN = (DRIVE, AFTERNOON)
# The quote is from noon, and the market is at an earlier hour.
TEN, TWO = (Limits(default_quantity=Decimal(qty), quote_max_age_seconds=0) for qty in (10, 2))


def monday(time: str) -> datetime:
    """New York's Monday in October, four hours behind UTC."""
    return datetime.fromisoformat(f"2013-10-07T{time}-04:00")


def passing(value: str, limit: str) -> Answer:
    return Answer(passed=True, value=value, limit=limit, reason="")


def failing(value: str, limit: str, reason: str) -> Answer:
    return Answer(passed=False, value=value, limit=limit, reason=reason)


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (monday("09:34:59"), None),
        (monday("09:35:00"), "drive"),
        (monday("10:00:00"), "drive"),
        (monday("10:29:59"), "drive"),
        (monday("10:30:00"), "afternoon"),
        (monday("15:29:59"), "afternoon"),
        (monday("15:30:00"), None),
        (monday("12:00:00") + timedelta(days=1), "afternoon"),
        (monday("12:00:00") + timedelta(days=2), None),
        (monday("09:40:00") + timedelta(days=4), "drive"),
        (monday("09:40:00") + timedelta(days=5), None),
        (monday("09:40:00") + timedelta(days=6), None),
        # A month later the clocks have changed.
        (monday("10:34:59") + timedelta(days=28), None),
        (monday("10:35:00") + timedelta(days=28), "drive"),
    ],
)
def test_the_first_session_that_holds_counts(now: datetime, name: str | None, state: Callable[..., State]):
    found = sessions.active(state(sessions=PLAN), now)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(("time", "holds"), [("12:59:59", True), ("13:00:00", False)])
def test_on_a_half_day_a_session_ends_with_the_market(time: str, *, holds: bool, state: Callable[..., State]):
    planned = state(sessions=PLAN, next_close=monday("13:00"))
    assert (sessions.active(planned, monday(time)) is AFTERNOON) is holds


@pytest.mark.parametrize(
    ("signal", "counts", "answer"),
    [
        ({}, 0, passing("drive/ema", "the plan")),
        ({}, 1, passing("drive/ema", "the plan")),
        (
            {},
            2,
            failing("3", "2", "it would be entry 3 of setup ema of session drive today, of 2 at most"),
        ),
        ({"confidence": 0.8}, 0, passing("drive/ema", "the plan")),
        (
            {"confidence": 0.79},
            0,
            failing("0.79", "0.8", "confidence 0.79 is below the 0.8 that setup ema of session drive asks for"),
        ),
        (
            {"symbol": "IBM"},
            0,
            failing("IBM", "AAPL, SPY", "setup ema of session drive enters only AAPL, SPY, not IBM"),
        ),
        (
            {"strategy": "vwap"},
            0,
            failing("vwap", "ema", "session drive has no setup for strategy vwap, it has ema"),
        ),
        (
            {"strategy": ""},
            0,
            failing("none", "ema", "session drive has no setup for a signal without strategy, it has ema"),
        ),
    ],
)
def test_a_setup_asks_its_own(
    signal: dict[str, object],
    counts: int,
    answer: Answer,
    state: Callable[..., State],
    candidate: Callable[..., Candidate],
):
    now = monday("09:40:00")
    asked = candidate(now=now, **{"strategy": "ema", **signal})
    planned = state(sessions=PLAN, session_day=now.date(), session_entries={"drive/ema": counts})
    assert session(planned, asked) == answer


def test_the_setup_for_any_takes_whom_no_other_names(state: Callable[..., State], candidate: Callable[..., Candidate]):
    both = Session(name="drive", start="09:35", end="10:30", setups=(Setup(name=ANY_SETUP, size=Decimal(2)), EMA))
    planned, now = state(sessions=(both,)), monday("09:40:00")
    values = [session(planned, candidate(now=now, strategy=name)).value for name in ("ema", "vwap", "")]
    assert values == ["drive/ema", "drive/*", "drive/*"]
    sizes = [sessions.size(planned, candidate(strategy=name).signal, now) for name in ("ema", "vwap")]
    assert sizes == [Decimal("0.5"), Decimal(2)]
    assert sessions.size(planned, candidate().signal, monday("11:00")) == 1


def test_a_session_scales_what_is_entered(state: Callable[..., State], verdict: Callable[..., Verdict | None]):
    planned = state(sessions=PLAN, now=monday("09:40"), limits=TEN)
    approval = verdict(planned, strategy="ema")
    assert isinstance(approval, OrderApproved)
    assert approval.qty == 5


def test_a_session_without_setups_lets_nothing_in(state: Callable[..., State], candidate: Callable[..., Candidate]):
    lunch = Session(name="lunch", start="11:30", end="13:30", setups=())
    answer = session(state(sessions=(lunch, AFTERNOON)), candidate(now=monday("12:00"), strategy="ema"))
    assert answer == failing("ema", "none", "session lunch has no setup for strategy ema, it has none")


def test_without_a_plan_nothing_is_asked(state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert session(state(), candidate(now=monday("03:00"))) == passing("none", "no plan")


def test_approvals_are_counted_until_the_next_day(state: Callable[..., State], verdict: Callable[..., Verdict | None]):
    planned = state(sessions=PLAN, now=monday("09:40"), limits=TWO)
    first = verdict(planned, strategy="ema")
    assert isinstance(first, OrderApproved), first
    tuesday = monday("09:40") + timedelta(days=1)
    counted: list[dict[str, int]] = []
    for i, at in enumerate((monday("09:40"), monday("09:41"), monday("10:30"), tuesday)):
        evolve(planned, structs.replace(first, approval_id=f"a{i}", at=at))
        counted.append(dict(planned.session_entries))
    assert counted == [
        {"drive/ema": 1}, {"drive/ema": 2}, {"drive/ema": 2, "afternoon/*": 1}, {"drive/ema": 1},
    ]  # fmt: skip
    assert [sessions.taken(planned, DRIVE, EMA, at) for at in (tuesday, tuesday + timedelta(days=1))] == [1, 0]


def test_the_last_entry_of_a_session_is_the_last(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    full = state(sessions=PLAN, now=monday("09:42"), session_day=NOON.date(), session_entries={"drive/ema": 2})
    says = "it would be entry 3 of setup ema of session drive today, of 2 at most"
    assert denial(full, strategy="ema") == ("session", says)


def test_what_was_entered_counts_on_under_a_new_plan_with_the_same_names(state: Callable[..., State]):
    now = monday("09:40")
    planned = state(sessions=PLAN, session_day=now.date(), session_entries={"drive/ema": 2, "afternoon/*": 1})
    later = Session(name="drive", start="09:35", end="11:30", setups=(EMA,))
    evolve(planned, SessionsSet(control_id="c", scope="all", sessions=(later,), by="environment"))
    assert (planned.sessions, planned.session_entries) == ((later,), {"drive/ema": 2})


def test_an_approval_outside_of_every_session_counts_for_none(
    state: Callable[..., State], verdict: Callable[..., Verdict | None]
):
    open_ended = state()
    approval = verdict(open_ended)
    assert isinstance(approval, OrderApproved)
    evolve(open_ended, approval)
    assert open_ended.session_entries == {}


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    assert denial(state(sessions=(DRIVE,))) == (
        "session",
        "no session holds at Mon 12:00 in New York: drive 09:35 to 10:30",
    )
