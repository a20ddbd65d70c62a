from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Never

import pytest
from msgspec import structs

from api_gateway.office import Bus, Office
from api_gateway.plans.keeping import changes, keep, today
from api_gateway.plans.reading import PlanSettings, read
from api_gateway.view import View, fold
from chassis.jetstream import Connection, JetStreamLog
from contracts.control import EarningsSet, SectorsSet, SessionsSet
from contracts.log import Message, Record, subject
from contracts.market import Tick
from contracts.sessions import Earnings, Session

Connect = Callable[[str], Awaitable[Connection]]

EVENING = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
OPENING = "sessions: [{name: opening, start: 09:35, end: 10:30}]"


async def nothing(*_: object) -> Never:
    raise AssertionError("nothing is asked here")


NOBODY = Bus(nothing, nothing, nothing, nothing)


def told(view: View, *messages: Message) -> None:
    for message in messages:
        fold(view, Record(view.sequence + 1, EVENING, subject(message), message))


def view_at(now: datetime) -> View:
    view = View("paper")
    told(view, Tick(at=now, is_open=False, next_open=now, next_close=now))
    return view


def settings(folder: Path, **texts: str) -> PlanSettings:
    """Write files, each in one step, and name them."""
    for name, text in texts.items():
        (folder / "new").write_text(text)
        (folder / "new").replace(folder / name)
    return PlanSettings(**{name: str(folder / name) for name in texts})


def test_each_plan_is_written_once_and_again_when_it_says_something_else(tmp_path: Path):
    view = view_at(EVENING)
    planned = settings(
        tmp_path, session_policy_file=OPENING, sectors_file="symbol,sector\nB,x\nA,y\n",
        earnings_calendar="symbol,date\nAAPL,2026-11-24\n",
    )  # fmt: skip
    first = changes(view, read(planned))
    assert [structs.replace(fact, control_id="", why="") for fact in first] == [
        SessionsSet(
            control_id="", scope="all", by="environment",
            sessions=(Session(name="opening", start="09:35", end="10:30"),),
        ),
        SectorsSet(control_id="", scope="all", sectors={"A": "y", "B": "x"}, by="environment"),
        EarningsSet(
            control_id="", scope="all", by="environment",
            earnings=(Earnings(symbol="AAPL", day=date(2026, 11, 24)),),
        ),
    ]  # fmt: skip
    assert changes(view, read(planned)) == first, "two gateways name them alike"
    told(view, *first)
    settings(tmp_path, sectors_file="# the same\nsymbol,sector\nA,y\nB,x\n")
    assert changes(view, read(planned)) == ()
    settings(tmp_path, sectors_file="symbol,sector\nA,y\nB,z\n")
    [changed] = changes(view, read(planned))
    told(view, changed)
    settings(tmp_path, sectors_file="symbol,sector\nA,y\nB,x\n")
    [back] = changes(view, read(planned))
    assert len({fact.control_id for fact in (*first, changed, back)}) == 5


def test_a_plan_that_is_taken_away_ends_and_one_that_is_broken_stands(tmp_path: Path):
    view = view_at(EVENING)
    planned = settings(tmp_path, session_policy_file=OPENING)
    told(view, *changes(view, read(planned)))
    settings(tmp_path, session_policy_file=OPENING[:-1])
    assert changes(view, read(planned)) == ()
    [ended] = changes(view, read(PlanSettings()))
    assert isinstance(ended, SessionsSet)
    assert ended.sessions == ()
    told(view, ended)
    assert changes(view, read(PlanSettings())) == ()


def test_where_nothing_is_planned_nothing_is_written():
    assert changes(View("paper"), read(PlanSettings())) == ()


@pytest.mark.parametrize(("days", "kept"), [(-11, False), (-10, True), (0, True), (120, True), (121, False)])
def test_the_days_around_today_are_kept(days: int, *, kept: bool, tmp_path: Path):
    day = MONDAY + timedelta(days=days)
    planned = settings(tmp_path, earnings_calendar=f"symbol,date\nAAPL,{day}\nAAPL,{day}\n")
    found = [fact.earnings for fact in changes(view_at(EVENING), read(planned)) if isinstance(fact, EarningsSet)]
    assert found == ([(Earnings(symbol="AAPL", day=day),)] if kept else [])


def test_today_is_new_yorks_by_market_time():
    assert today(view_at(EVENING)) == MONDAY


def test_a_plan_that_no_fact_holds_is_a_problem(tmp_path: Path):
    rows = "".join(f"A{number},2026-11-24\n" for number in range(220_000))
    plan = read(settings(tmp_path, earnings_calendar=f"symbol,date\n{rows}")).earnings
    assert (plan.found, [one.what for one in plan.problems]) == (
        None, ["says so much that it is 8688891 bytes in the log, expected at most 8000000"],
    )  # fmt: skip


async def test_of_many_problems_some_are_told(bus: Connect, tmp_path: Path):
    office = Office(("paper",), JetStreamLog(await bus("api-gateway")), "paper", NOBODY)
    planned = settings(tmp_path, earnings_calendar="symbol,date\n" + "AAPL,soon\n" * 25)
    running = asyncio.create_task(keep(office, planned, seconds=0.01))
    while not office.problems:
        await asyncio.sleep(0.01)
    running.cancel()
    [problems] = office.problems.values()
    assert len(problems) == 21
    assert problems[-1].text == f"{planned.earnings_calendar}: 5 more problems are not told"


async def test_an_edit_takes_effect_and_a_broken_one_is_shown_and_changes_nothing(bus: Connect, tmp_path: Path):
    office = Office(("paper",), JetStreamLog(await bus("api-gateway")), "paper", NOBODY)
    planned = settings(tmp_path, session_policy_file=OPENING)
    file = planned.session_policy_file
    running = [asyncio.create_task(one) for one in (office.follow(), keep(office, planned, seconds=0.01))]

    def names() -> list[str]:
        _, fact = office.views["paper"].planned.get("SessionsSet", (0, None))
        return [one.name for one in fact.sessions] if isinstance(fact, SessionsSet) else []

    async def until(expected: list[str]) -> None:
        while names() != expected:
            await asyncio.sleep(0.01)

    await until(["opening"])
    settings(tmp_path, session_policy_file=OPENING.replace("10:30", "09:30"))
    while not office.problems.get(file):
        await asyncio.sleep(0.01)
    assert [problem.text for problem in office.problems[file]] == [
        f"{file}:1:47: sessions[0].end was '09:30', expected a time after start '09:35'"
    ]
    assert names() == ["opening"]
    settings(tmp_path, session_policy_file=OPENING.replace("opening", "morning"))
    await until(["morning"])
    while office.problems[file]:
        await asyncio.sleep(0.01)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
