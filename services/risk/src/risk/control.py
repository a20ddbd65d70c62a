"""What people decide about this account, taken into the state."""

from __future__ import annotations

from datetime import datetime

from contracts import halts, layers
from contracts.control import (
    EVERYONE,
    EarningsSet,
    ExitPolicySet,
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
from risk import exposure, sessions
from risk.state import State


def decided(state: State, fact: Message) -> None:
    """Take in what is meant for this account or for all."""
    if getattr(fact, "scope", None) not in (EVERYONE, state.account):
        return
    match fact:
        case ModeSet():
            state.mode = fact.mode
        case LimitsSet() | ExitPolicySet():
            _limits(state, fact if isinstance(fact, LimitsSet) else layers.of_policy(fact))
        case Halted():
            state.halts[fact.control_id] = fact
        case Resumed():
            _resumed(state, fact)
        case GateSwitched():
            state.gate = halts.switched(state.gate, fact)
        case _:
            _planned(state, fact)


def _planned(state: State, fact: Message) -> None:
    match fact:
        case SessionsSet():
            sessions.planned(state, fact)
        case SectorsSet():
            state.sectors = fact.sectors
            exposure.count_all(state)
        case EarningsSet():
            state.earnings = {}
            for one in fact.earnings:
                state.earnings[one.symbol] = (*state.earnings.get(one.symbol, ()), one.day)
        case _:
            # What a person says of single orders comes under the same subjects and changes no verdict.
            pass


def _limits(state: State, fact: LimitsSet) -> None:
    layers.set_limits(state.layers, fact)
    state.limits = layers.effective(state.layers, Limits(), state.account)


def _resumed(state: State, fact: Resumed) -> None:
    state.halts = halts.remaining(state.halts, fact)
    state.locks = halts.remaining(state.locks, fact)
    state.drifts = {key: drift for key, drift in state.drifts.items() if not halts.thaws(fact, drift)}


def lapse(state: State, now: datetime) -> None:
    """Let halts and locks end whose time is over."""
    state.halts = halts.standing(state.halts, now)
    state.locks = halts.standing(state.locks, now)
