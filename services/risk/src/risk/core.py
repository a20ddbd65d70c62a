"""The gate as two functions: every signal gets exactly one verdict."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

from msgspec import structs

from contracts.accounts import AccountSnapshot, DriftFound, DriftResolved
from contracts.control import EVERYONE, Halted, LimitsSet, ModeSet, Resumed
from contracts.log import Message
from contracts.market import Quote, Tick, mark
from contracts.orders import OrderChanged, OrderFilled
from contracts.signals import Action, Signal
from contracts.values import round_to_tick
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from risk import ledger
from risk.state import State, Waiting, recent_key
from risk.verdict import Verdict, judge

# A share of the dearest stock costs less than a million dollars; a quote beyond this is broken.
_DEAREST = 10_000_000


def decide(state: State, event: Message) -> tuple[Verdict, ...]:
    """Judge a signal when it comes, or later, when what was missing has come or will not come any more."""
    match event:
        case Signal():
            verdict = judge(state, _arrived(state, event))
            return () if verdict is None else (verdict,)
        case Quote() | AccountSnapshot() | Tick() if _somebody_waits(state, event):
            # Each verdict is judged in the light of those before it, on a copy: deciding changes nothing.
            return tuple(_judge_waiting(evolve(deepcopy(state), event)))
        case _:
            return ()


def _arrived(state: State, signal: Signal) -> Waiting:
    return Waiting(signal=signal, came=state.now or signal.at)


def _somebody_waits(state: State, event: Quote | AccountSnapshot | Tick) -> bool:
    if isinstance(event, Quote):
        return any(waiting.signal.symbol == event.symbol for waiting in state.waiting.values())
    return bool(state.waiting)


def _judge_waiting(state: State) -> Iterator[Verdict]:
    for waiting in list(state.waiting.values()):
        if verdict := judge(state, waiting):
            evolve(state, verdict)
            yield verdict


def evolve(state: State, fact: Message) -> State:
    """Take a fact into the state, in place. A signal waits until its verdict comes, be it at once."""
    match fact:
        case Signal():
            state.waiting[fact.signal_id] = _arrived(state, fact)
        case OrderApproved() | ExitApproved() | OrderDenied():
            _judged(state, fact)
        case OrderChanged():
            ledger.order_changed(state, fact)
        case OrderFilled():
            ledger.order_filled(state, fact)
        case AccountSnapshot():
            ledger.settle(state, fact)
        case Quote():
            _quoted(state, fact)
        case Tick():
            _ticked(state, fact)
        case _:
            _surroundings(state, fact)
    return state


def _judged(state: State, verdict: Verdict) -> None:
    state.waiting.pop(verdict.signal_id, None)
    match verdict:
        case OrderApproved():
            ledger.reserve(state, verdict)
            state.recent[recent_key(verdict.symbol, Action.BUY)] = verdict.at
        case ExitApproved():
            state.recent[recent_key(verdict.symbol, Action.SELL)] = verdict.at
        case OrderDenied():
            pass


def _quoted(state: State, quote: Quote) -> None:
    if 0 < mark(quote) < _DEAREST and (price := round_to_tick(Decimal(str(mark(quote))))) > 0:
        state.prices[quote.symbol] = price


def _ticked(state: State, tick: Tick) -> None:
    state.now, state.is_open = tick.at, tick.is_open
    horizon = tick.at - timedelta(seconds=state.limits.duplicate_seconds)
    state.recent = {key: at for key, at in state.recent.items() if at > horizon}
    for signal_id, waiting in state.waiting.items():
        state.waiting[signal_id] = structs.replace(waiting, ticks=waiting.ticks + 1)


def _drifted(state: State, fact: DriftFound | DriftResolved) -> None:
    key = f"{fact.difference} {fact.symbol} {fact.client_order_id}"
    if isinstance(fact, DriftFound) and fact.freezes:
        state.drifts[key] = fact
    else:
        state.drifts.pop(key, None)


def _surroundings(state: State, fact: Message) -> None:
    match fact:
        case DriftFound() | DriftResolved():
            _drifted(state, fact)
        case ModeSet():
            state.mode = fact.mode
        case Halted(scope=scope) if scope in (EVERYONE, state.account):
            state.halt = fact
        case Resumed(scope=scope) if scope in (EVERYONE, state.account):
            state.halt = None
            state.drifts = {}
        case LimitsSet():
            state.limits = fact.limits
        case _:
            # Exit policies, and what is decided for other accounts, come under the same subjects and change no verdict.
            pass
