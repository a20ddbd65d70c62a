"""All plans together: what the files say, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from api_gateway.plans import calendar, session_policies, source, tables
from api_gateway.plans.problem import Problem
from chassis.settings import SettingsError
from contracts.sessions import Earnings, Session

T_co = TypeVar("T_co", covariant=True)

LARGEST = 8_000_000
"""Bytes of a plan in the log, which takes a little more in one fact."""


class PlanSettings(Struct, frozen=True, kw_only=True):
    """Files, each of them optional; the calendar may be an address."""

    session_policy_file: str = ""
    sectors_file: str = ""
    earnings_calendar: str = ""

    def files(self) -> tuple[Path, ...]:
        named = (self.session_policy_file, self.sectors_file, self.earnings_calendar)
        return tuple(Path(name) for name in named if name and not source.is_address(name))


class Plan(Struct, Generic[T_co], frozen=True):
    """What one source says; `found` is None where it cannot be taken, and then the problems say why."""

    source: str
    found: T_co | None
    problems: tuple[Problem, ...] = ()

    @property
    def must_be_mended(self) -> bool:
        """Say whether it is for a person to mend; an address may answer later by itself."""
        return self.found is None and not source.is_address(self.source)


class Plans(Struct, frozen=True):
    settings: PlanSettings
    sessions: Plan[tuple[Session, ...]]
    sectors: Plan[dict[str, str]]
    earnings: Plan[tuple[Earnings, ...]]

    @property
    def all(self) -> tuple[Plan[object], ...]:
        return (self.sessions, self.sectors, self.earnings)


def read(settings: PlanSettings) -> Plans:
    """Read every source; what has none says nothing is planned."""
    return Plans(
        settings,
        _fitting(_sessions(settings.session_policy_file)),
        _fitting(_sectors(settings.sectors_file)),
        _fitting(_earnings(settings.earnings_calendar)),
    )


def read_first(settings: PlanSettings) -> Plans:
    """Read at the start; raise `SettingsError` where a file cannot be taken."""
    plans = read(settings)
    if wrong := [problem.text for plan in plans.all if plan.must_be_mended for problem in plan.problems]:
        raise SettingsError("; ".join(wrong))
    return plans


def _fitting(plan: Plan[T_co]) -> Plan[T_co]:
    if plan.found is None or (size := len(msgspec.json.encode(plan.found))) <= LARGEST:
        return plan
    too_large = f"says so much that it is {size} bytes in the log, expected at most {LARGEST}"
    return Plan(plan.source, None, (*plan.problems, Problem(plan.source, 0, 0, too_large)))


def _sessions(file: str) -> Plan[tuple[Session, ...]]:
    if not file:
        return Plan(file, ())
    text = source.text(file)
    if isinstance(text, Problem):
        return Plan(file, None, (text,))
    sessions, problems = session_policies.sessions(file, text)
    return Plan(file, None if problems else sessions, problems)


def _sectors(file: str) -> Plan[dict[str, str]]:
    if not file:
        return Plan(file, {})
    text = source.text(file)
    return Plan(file, None, (text,)) if isinstance(text, Problem) else Plan(file, *tables.sectors(file, text))


def _earnings(place: str) -> Plan[tuple[Earnings, ...]]:
    if not place:
        return Plan(place, ())
    name, text = source.shown(place), source.text(place)
    if isinstance(text, Problem):
        return Plan(name, None, (text,))
    is_calendar = text.lstrip().upper().startswith(calendar.FIRST_LINE)
    return Plan(name, *(calendar if is_calendar else tables).earnings(name, text))
