"""One signal, all rules, one verdict; or none yet, while something that is on its way is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from msgspec import structs

from contracts import layers
from contracts.signals import Action, Signal
from contracts.values import OrderType, Side, TimeInForce, derived_id
from contracts.verdicts import Check, ExitApproved, OrderApproved, OrderDenied
from risk import sizing
from risk.candidate import Answer, Candidate, Rule
from risk.protection import rests
from risk.rules import ENTRY_RULES, EXIT_RULES
from risk.sizing import Size
from risk.state import State, Waiting

Verdict: TypeAlias = OrderApproved | ExitApproved | OrderDenied

# The feed fetches a price as soon as it sees the signal. Ticks are counted too, because a market that runs at
# 60 times the speed leaves it no second in a minute.
_PATIENCE = timedelta(seconds=60)
_PATIENT_TICKS = 5


def judge(state: State, waiting: Waiting, rules: tuple[Rule, ...] | None = None) -> Verdict | None:
    """Ask every rule. The first that is broken names a denial; None where what it lacks may yet come.

    `rules` are those for the signal's action, where they are not named.
    """
    state = _as_it_concerns(state, waiting.signal)
    candidate = _candidate(state, waiting)
    if rules is None:
        rules = EXIT_RULES if candidate.signal.action is Action.SELL else ENTRY_RULES
    answers = {rule.__name__: rule(state, candidate) for rule in rules}
    checks = tuple(
        Check(rule=name, passed=answer.passed, value=answer.value, limit=answer.limit)
        for name, answer in answers.items()
    )
    broken = next((name for name, answer in answers.items() if not answer.passed), None)
    if broken is not None:
        if answers[broken].pending and not _gave_up(waiting, candidate):
            return None
        return _denied(state, candidate, broken, answers[broken], checks)
    if candidate.signal.action is Action.SELL:
        return _exit_approved(state, candidate, checks)
    return _approved(state, candidate, checks)


def _candidate(state: State, waiting: Waiting) -> Candidate:
    signal = waiting.signal
    price, now = state.prices.get(signal.symbol), state.now or signal.at
    if signal.action is Action.SELL:
        qty = sizing.sold(signal, state.position(signal.symbol).qty)
        size = Size(qty, qty)
    else:
        size = sizing.size(state, signal, price, now)
    return Candidate(
        signal=signal, came=waiting.came, now=now, price=price, wanted=size.wanted, qty=size.qty,
        notional=size.notional,
    )  # fmt: skip


def _as_it_concerns(state: State, signal: Signal) -> State:
    """Give the state with the limits that hold for the signal's strategy and symbol."""
    limits = layers.narrowed(state.layers, state.limits, state.account, signal.strategy, signal.symbol)
    return state if limits is state.limits else structs.replace(state, limits=limits)


def _gave_up(waiting: Waiting, candidate: Candidate) -> bool:
    return waiting.ticks >= _PATIENT_TICKS and candidate.now - waiting.came > _PATIENCE


def _id(state: State, signal: Signal) -> str:
    return derived_id(signal.signal_id, state.account)


def _approved(state: State, candidate: Candidate, checks: tuple[Check, ...]) -> OrderApproved:
    signal = candidate.signal
    if candidate.price is None:
        raise AssertionError("an entry passed every rule without a price")
    exits = rests(state, candidate, candidate.price)
    return OrderApproved(
        approval_id=_id(state, signal),
        signal_id=signal.signal_id,
        account=state.account,
        source=signal.source,
        symbol=signal.symbol,
        side=Side.BUY,
        qty=candidate.qty,
        notional=candidate.notional,
        type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
        reference_price=candidate.price,
        at=candidate.now,
        expires_at=candidate.now + timedelta(seconds=state.limits.approval_ttl_seconds),
        checks=checks,
        strategy=signal.strategy,
        stop_price=signal.stop_loss,
        target_price=signal.take_profit,
        stop_loss=exits.stop_loss,
        take_profit=exits.take_profit,
        protection=exits.why,
    )


def _exit_approved(state: State, candidate: Candidate, checks: tuple[Check, ...]) -> ExitApproved:
    signal = candidate.signal
    return ExitApproved(
        approval_id=_id(state, signal),
        signal_id=signal.signal_id,
        account=state.account,
        source=signal.source,
        symbol=signal.symbol,
        at=candidate.now,
        checks=checks,
        qty=None if signal.qty is None else candidate.qty,
    )


def _denied(state: State, candidate: Candidate, rule: str, answer: Answer, checks: tuple[Check, ...]) -> OrderDenied:
    signal = candidate.signal
    return OrderDenied(
        denial_id=_id(state, signal),
        signal_id=signal.signal_id,
        account=state.account,
        source=signal.source,
        symbol=signal.symbol,
        code=rule,
        reason=answer.reason,
        value=answer.value,
        limit=answer.limit,
        at=candidate.now,
        checks=checks,
    )
