"""Plans become facts: at the start, when a file was edited, when a day has begun, when an address says more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec import structs

from api_gateway.office import Office
from api_gateway.plans import source
from api_gateway.plans.problem import Problem
from api_gateway.plans.reading import Plan, Plans, PlanSettings, read
from api_gateway.plans.watch import SECONDS, marks, watch
from api_gateway.view import Planned, View
from chassis.telemetry import logger
from contracts.control import ENVIRONMENT, EVERYONE, EarningsSet, SectorsSet, SessionsSet
from contracts.days import new_york
from contracts.log import Fact
from contracts.values import derived_id

_BEFORE, _AHEAD = timedelta(days=10), timedelta(days=120)
_ASK_AGAIN_SECONDS = 1_800
_TOLD = 20


async def keep(office: Office, settings: PlanSettings, seconds: float = SECONDS) -> None:
    """Follow the plans until cancelled."""

    def look() -> object:
        is_asked = source.is_address(settings.earnings_calendar)
        return marks(settings.files()), today(view), time.monotonic() // _ASK_AGAIN_SECONDS if is_asked else 0

    async def refresh() -> None:
        plans = await asyncio.to_thread(read, settings)
        for plan in plans.all:
            _tell(office, plan)
        if new := [Fact(fact) for fact in changes(view, plans)]:
            outcomes = await office.log.append(new)
            await office.seen(outcomes[-1].sequence)

    view = office.views[office.accounts[0]]
    await watch(look, refresh, seconds)


def changes(view: View, plans: Plans) -> tuple[Planned, ...]:
    """List the facts that must be written: where a source says something else than the last time."""
    return tuple(_named(view, fact) for fact in _facts(plans, today(view)) if _content(fact) != _last(view, fact))


def today(view: View) -> date:
    """Say which day it is in New York by market time; until that is known, by the clock on the wall."""
    return new_york(view.now or datetime.now(UTC)).date()


def _facts(plans: Plans, day: date) -> Iterator[Planned]:
    sessions, sectors, earnings = plans.sessions, plans.sectors, plans.earnings
    if sessions.found is not None:
        yield SessionsSet(control_id="", scope=EVERYONE, sessions=sessions.found, by=ENVIRONMENT, why=sessions.source)
    if sectors.found is not None:
        yield SectorsSet(control_id="", scope=EVERYONE, sectors=sectors.found, by=ENVIRONMENT, why=sectors.source)
    if earnings.found is not None:
        # A calendar may hold every company for years: of all days those that a verdict may ask for.
        near = {(one.day, one.symbol): one for one in earnings.found if -_BEFORE <= one.day - day <= _AHEAD}
        days = tuple(near[key] for key in sorted(near))
        yield EarningsSet(control_id="", scope=EVERYONE, earnings=days, by=ENVIRONMENT, why=earnings.source)


def _content(fact: Planned) -> object:
    match fact:
        case SessionsSet():
            return fact.sessions
        case SectorsSet():
            return fact.sectors
        case EarningsSet():
            return fact.earnings


def _last(view: View, fact: Planned) -> object:
    _, last = view.planned.get(type(fact).__name__, (0, None))
    # What was never said is as empty as an empty plan.
    return _content(last) if last else type(_content(fact))()


def _named(view: View, fact: Planned) -> Planned:
    kind = type(fact).__name__
    sequence, _ = view.planned.get(kind, (0, None))
    # Named by what it follows: two gateways that read the same write it once.
    return structs.replace(fact, control_id=derived_id(ENVIRONMENT, kind, sequence))


def _tell(office: Office, plan: Plan[object]) -> None:
    if not plan.source:
        return
    office.problems[plan.source] = told = _few(plan)
    what = "the plan stays as it was" if plan.found is None else "left out of the plan"
    for problem in told:
        logger("plans").error(what, problem=problem.text)


def _few(plan: Plan[object]) -> tuple[Problem, ...]:
    # Of a calendar of the whole market every row may be wrong in the same way.
    if (more := len(plan.problems) - _TOLD) <= 0:
        return plan.problems
    return (*plan.problems[:_TOLD], Problem(plan.source, 0, 0, f"{more} more problems are not told"))
