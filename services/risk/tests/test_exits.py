"""Leaving is always possible: what refuses an entry is tried against an exit at the same moment."""

from __future__ import annotations

import sys
from decimal import Decimal

import pytest
from msgspec import structs

from contracts.signals import Action
from contracts.verdicts import ExitApproved, OrderDenied
from risk.candidate import Rule
from risk.example import Example
from risk.rules import ENTRY_RULES, EXIT_RULES
from risk.state import Position, State, Waiting
from risk.verdict import judge


def broken(rule: Rule) -> Example:
    return sys.modules[rule.__module__].broken()


def waiting(example: Example, **changes: object) -> Waiting:
    signal = structs.replace(example.signal, **changes)
    return Waiting(signal=signal, came=example.state.now or signal.at, ticks=100)


def holding(state: State, symbol: str) -> State:
    """Hold ten shares of the symbol, whatever else the example says of it."""
    held = structs.replace(state.position(symbol), filled=Decimal(10))
    return structs.replace(state, positions={**state.positions, symbol: held})


@pytest.mark.parametrize("rule", [rule for rule in ENTRY_RULES if rule not in EXIT_RULES], ids=lambda r: r.__name__)
def test_what_refuses_an_entry_lets_an_exit_go(rule: Rule):
    example = broken(rule)
    symbol = example.signal.symbol
    exit_ = judge(holding(example.state, symbol), waiting(example, action=Action.SELL, qty=None))
    assert isinstance(exit_, ExitApproved), exit_


@pytest.mark.parametrize("rule", EXIT_RULES, ids=lambda r: r.__name__)
def test_what_is_asked_of_an_exit_is_whether_the_signal_means_one(rule: Rule):
    """Each doubts the wish itself: there is none, it is unsure, old, a repetition, no person's, or about nothing."""
    assert rule.__name__ in {"hold", "confidence", "mode", "stale", "duplicate", "nothing_to_sell"}


def test_a_person_leaves_in_every_mode_with_everything_against_it_at_once():
    worst = State(account="paper", positions={"AAPL": Position(filled=Decimal(10))})
    for rule in ENTRY_RULES:
        example = broken(rule).state
        changed = {
            name: value
            for name, value in structs.asdict(example).items()
            if value != getattr(State(account="paper"), name) and name not in {"positions", "recent", "snapshot"}
        }
        worst = structs.replace(worst, **changed)
    entry = judge(worst, waiting(broken(EXIT_RULES[-1]), action=Action.BUY))
    assert isinstance(entry, OrderDenied)
    exit_ = judge(worst, waiting(broken(EXIT_RULES[-1]), action=Action.SELL, source="manual", confidence=1.0))
    assert isinstance(exit_, ExitApproved), exit_
