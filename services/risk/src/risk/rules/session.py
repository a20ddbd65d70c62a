"""Where the day is planned in sessions, entries keep to the plan."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.days import new_york
from contracts.sessions import Session, Setup
from risk import sessions
from risk.candidate import Answer, Candidate
from risk.example import Example, moment
from risk.state import State

LIMITS = ()
CURE = "Wait for the session that allows it, or change the plan in SESSION_POLICY_FILE."


def session(state: State, candidate: Candidate) -> Answer:
    """Ask the session that holds now, and in it the setup of the signal's strategy.

    Counted are the approvals of a setup in a session of this day in New York.
    """
    if not state.sessions:
        return Answer(passed=True, value="none", limit="no plan", reason="")
    planned = sessions.active(state, candidate.now)
    if planned is None:
        now = f"{new_york(candidate.now):%a %H:%M}"
        hours = ", ".join(f"{one.name} {one.start} to {one.end}" for one in state.sessions)
        return Answer(passed=False, value=now, limit=hours, reason=f"no session holds at {now} in New York: {hours}")
    return _asked(state, candidate, planned)


def _asked(state: State, candidate: Candidate, planned: Session) -> Answer:
    allowed = sessions.setup(planned, candidate.signal.strategy)
    if allowed is None:
        strategy = f"strategy {candidate.signal.strategy}" if candidate.signal.strategy else "a signal without strategy"
        names = ", ".join(one.name for one in planned.setups) or "none"
        reason = f"session {planned.name} has no setup for {strategy}, it has {names}"
        return Answer(passed=False, value=candidate.signal.strategy or "none", limit=names, reason=reason)
    broken = next(_broken(state, candidate, planned, allowed), None)
    if broken is None:
        return Answer(passed=True, value=f"{planned.name}/{allowed.name}", limit="the plan", reason="")
    return broken


def _broken(state: State, candidate: Candidate, planned: Session, allowed: Setup) -> Iterator[Answer]:
    signal, where = candidate.signal, f"setup {allowed.name} of session {planned.name}"
    if allowed.symbols and signal.symbol not in allowed.symbols:
        listed = ", ".join(allowed.symbols)
        reason = f"{where} enters only {listed}, not {signal.symbol}"
        yield Answer(passed=False, value=signal.symbol, limit=listed, reason=reason)
    if signal.confidence < allowed.min_confidence:
        value, least = str(signal.confidence), str(allowed.min_confidence)
        reason = f"confidence {value} is below the {least} that {where} asks for"
        yield Answer(passed=False, value=value, limit=least, reason=reason)
    count = sessions.taken(state, planned, allowed, candidate.now) + 1
    if allowed.max_entries is not None and count > allowed.max_entries:
        reason = f"it would be entry {count} of {where} today, of {allowed.max_entries} at most"
        yield Answer(passed=False, value=str(count), limit=str(allowed.max_entries), reason=reason)


def broken() -> Example:
    plan = (Session(name="opening-drive", start="09:35", end="10:30"),)
    return Example(moment(sessions=plan))
