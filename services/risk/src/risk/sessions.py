"""The session of the day that holds now, and what it has entered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from contracts.control import SessionsSet
from contracts.days import new_york
from contracts.sessions import ANY_SETUP, Session, Setup, Weekday
from contracts.signals import Signal
from contracts.verdicts import OrderApproved
from risk.clock import time_of_day, todays_close
from risk.state import State

_WEEK = tuple(Weekday)


def active(state: State, now: datetime) -> Session | None:
    """Give the first session of the plan that holds now; on a half-day each ends with the market."""
    if not state.sessions:
        return None
    number, time, close = new_york(now).weekday(), time_of_day(now), todays_close(now, state.next_close)
    if number >= len(_WEEK):
        return None
    found = (one for one in state.sessions if _WEEK[number] in one.days and one.start <= time < min(one.end, close))
    return next(found, None)


def setup(session: Session, strategy: str) -> Setup | None:
    """Give what the session asks of a strategy's signals; None where it does not let them enter."""
    named = {one.name: one for one in session.setups}
    return named.get(strategy) or named.get(ANY_SETUP)


def size(state: State, signal: Signal, now: datetime) -> Decimal:
    """Say by how much a session scales what is entered; 1 where it says nothing."""
    session = active(state, now)
    allowed = setup(session, signal.strategy) if session else None
    return allowed.size if allowed else Decimal(1)


def taken(state: State, session: Session, allowed: Setup, now: datetime) -> int:
    """Count what a setup has entered in a session today."""
    return state.session_entries.get(_key(session, allowed), 0) if state.session_day == new_york(now).date() else 0


def entered(state: State, approval: OrderApproved) -> None:
    """Count an approval, whatever becomes of its order."""
    session = active(state, approval.at)
    allowed = setup(session, approval.strategy) if session else None
    if session is None or allowed is None:
        return
    today = new_york(approval.at).date()
    if state.session_day != today:
        state.session_day, state.session_entries = today, {}
    state.session_entries[_key(session, allowed)] = taken(state, session, allowed, approval.at) + 1


def planned(state: State, fact: SessionsSet) -> None:
    """Take a plan in. What was entered today still counts in a session and setup that kept their names."""
    keys = {_key(session, one) for session in fact.sessions for one in session.setups}
    state.sessions = fact.sessions
    state.session_entries = {key: count for key, count in state.session_entries.items() if key in keys}


def _key(session: Session, allowed: Setup) -> str:
    return f"{session.name}/{allowed.name}"
