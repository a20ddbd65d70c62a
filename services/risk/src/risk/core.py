"""The gate as two functions: every signal gets exactly one verdict."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import TypeAlias

from contracts.accounts import AccountSnapshot, DriftFound, DriftResolved, HoldingSplit
from contracts.locks import Locked
from contracts.log import Message
from contracts.market import AssetReported, Quote, SplitAnnounced, Tick, TradingStatus
from contracts.orders import OrderChanged, OrderFilled
from contracts.previews import PreviewAsked, Previewed
from contracts.signals import Action, Signal
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk import control, ledger, market, pace, sells, sessions, splits, triggers, trips
from risk.sizing.equal_allocation import begin_sharing
from risk.state import State, Waiting, copied, recent_key
from risk.verdict import Verdict, judge

Decided: TypeAlias = Verdict | Previewed | Locked


def decide(state: State, event: Message) -> tuple[Decided, ...]:
    """Judge a signal when it comes, or later, when what was missing has come or will not come any more."""
    match event:
        case Signal(account="") | Signal(account=state.account) | PreviewAsked(account=state.account):
            verdict = _judge(state, _arrived(state, event))
            return () if verdict is None else (verdict,)
        case Quote() | AssetReported() | AccountSnapshot() | Tick() if waiting := _waiting_for(state, event):
            locks = triggers.locks(state, event)
            # Each verdict is judged in the light of those before it, on a copy: deciding changes nothing.
            later = reduce(evolve, (event, *locks), copied(state))
            return (*locks, *_judge_waiting(later, waiting))
        case _:
            return triggers.locks(state, event)


def _arrived(state: State, event: Signal | PreviewAsked) -> Waiting:
    if isinstance(event, Signal):
        return Waiting(signal=event, came=state.now or event.at)
    return Waiting(signal=event.signal, came=state.now or event.signal.at, preview=event)


def _judge(state: State, waiting: Waiting) -> Verdict | Previewed | None:
    asked = waiting.preview
    verdict = judge(state if asked is None else market.supposing(state, asked), waiting)
    if verdict is None or asked is None:
        return verdict
    return Previewed(preview_id=asked.preview_id, account=state.account, verdict=verdict)


def _waiting_for(state: State, event: Quote | AssetReported | AccountSnapshot | Tick) -> list[str]:
    """Name the signals whose verdict may hang on this: what is told of a symbol is waited for by those who named it.

    Others may wait for a price too, as that of an order at the market; they are judged at the next tick.
    """
    if isinstance(event, Quote | AssetReported):
        return [name for name, waiting in state.waiting.items() if waiting.signal.symbol == event.symbol]
    return list(state.waiting)


def _judge_waiting(state: State, names: list[str]) -> Iterator[Verdict | Previewed]:
    for name in names:
        if verdict := _judge(state, state.waiting[name]):
            evolve(state, verdict)
            yield verdict


def evolve(state: State, fact: Message) -> State:
    """Take a fact into the state, in place. A signal waits until its verdict comes, be it at once."""
    match fact:
        case Signal(account="") | Signal(account=state.account):
            state.waiting[fact.signal_id] = _arrived(state, fact)
        case PreviewAsked(account=state.account):
            state.waiting[fact.preview_id] = _arrived(state, fact)
        case Previewed():
            state.waiting.pop(fact.preview_id, None)
        case OrderApproved() | ExitApproved() | OrderDenied():
            _judged(state, fact)
        case Locked():
            state.locks[fact.lock_id] = fact
            triggers.heard(state, fact)
        case _:
            _heard(state, fact)
    return state


def _judged(state: State, verdict: Verdict) -> None:
    if waiting := state.waiting.pop(verdict.signal_id, None):
        begin_sharing(state, waiting.signal, verdict.at)
    match verdict:
        case OrderApproved():
            ledger.reserve(state, verdict)
            pace.approved(state.pace, verdict.at)
            state.recent[recent_key(verdict.symbol, Action.BUY)] = verdict.at
            sessions.entered(state, verdict)
        case ExitApproved():
            state.recent[recent_key(verdict.symbol, Action.SELL)] = verdict.at
        case OrderDenied():
            pass


def _heard(state: State, fact: Message) -> None:
    triggers.heard(state, fact)
    match fact:
        case OrderChanged():
            ledger.order_changed(state, fact)
            sells.changed(state.sells, fact)
        case OrderFilled():
            ledger.order_filled(state, fact)
            trips.filled(state.trips, fact)
        case AccountSnapshot():
            ledger.settle(state, fact)
        case SplitAnnounced() | HoldingSplit():
            splits.heard(state, fact)
        case DriftFound() | DriftResolved():
            _drifted(state, fact)
        case Quote() | Tick() | AssetReported() | TradingStatus():
            market.heard(state, fact)
        case _:
            control.decided(state, fact)


def _drifted(state: State, fact: DriftFound | DriftResolved) -> None:
    key = f"{fact.difference} {fact.symbol} {fact.client_order_id}"
    if isinstance(fact, DriftFound) and fact.freezes:
        state.drifts[key] = fact
    else:
        state.drifts.pop(key, None)
