"""What people decide about this account, taken into the state."""

from __future__ import annotations

from datetime import datetime

from contracts import layers
from contracts.control import (
    EVERYONE,
    EarningsSet,
    GateSwitched,
    Halted,
    LimitsSet,
    ModeSet,
    Resumed,
    SectorsSet,
    SessionsSet,
)
from contracts.limits import Limits
from contracts.log import Message
from risk.state import State


def decided(state: State, fact: Message) -> None:
    """Take in what is meant for this account or for all."""
    if getattr(fact, "scope", None) not in (EVERYONE, state.account):
        return
    match fact:
        case ModeSet():
            state.mode = fact.mode
        case LimitsSet():
            _limits(state, fact)
        case Halted():
            state.halts[fact.control_id] = fact
        case Resumed():
            _resumed(state, fact)
        case GateSwitched():
            state.gate = fact
        case _:
            _planned(state, fact)


def _planned(state: State, fact: Message) -> None:
    match fact:
        case SessionsSet():
            state.sessions = fact.sessions
        case SectorsSet():
            state.sectors = fact.sectors
        case EarningsSet():
            days = {one.symbol: tuple(e.day for e in fact.earnings if e.symbol == one.symbol) for one in fact.earnings}
            state.earnings = days
        case _:
            # Exit policies come under the same subjects and change no verdict.
            pass


def _limits(state: State, fact: LimitsSet) -> None:
    layers.set_limits(state.layers, fact)
    state.limits = layers.effective(state.layers, Limits(), state.account)


def _resumed(state: State, fact: Resumed) -> None:
    if fact.lifts:
        for one in fact.lifts:
            state.halts.pop(one, None)
            state.locks.pop(one, None)
    else:
        state.halts = {i: halt for i, halt in state.halts.items() if not _within(halt, fact)}
    state.drifts = {i: drift for i, drift in state.drifts.items() if fact.symbol not in ("", drift.symbol)}


def _within(halt: Halted, fact: Resumed) -> bool:
    return fact.strategy in ("", halt.strategy) and fact.symbol in ("", halt.symbol)


def lapse(state: State, now: datetime) -> None:
    """Let halts and locks end whose time is over."""
    state.halts = {i: halt for i, halt in state.halts.items() if halt.until is None or halt.until > now}
    state.locks = {i: lock for i, lock in state.locks.items() if lock.until is None or lock.until > now}
