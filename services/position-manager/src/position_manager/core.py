"""The position manager as two functions: every held share is protected at the broker or being sold."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec.structs import replace

from contracts.accounts import AccountSnapshot
from contracts.control import EVERYONE, ExitPolicySet
from contracts.exits import CancelProtection, ClosePosition, PlaceProtection
from contracts.log import Message
from contracts.market import Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import Side
from contracts.verdicts import ExitApproved, OrderApproved
from position_manager import ledger
from position_manager import parts as of
from position_manager.plan import Intent, plan
from position_manager.state import KEEP_LEVELS, Levels, Market, Position, State

Inbound: TypeAlias = ExitApproved | OrderChanged | OrderFilled | AccountSnapshot | Quote | Tick | ExitPolicySet
Outbound: TypeAlias = Intent

Changes: TypeAlias = dict[str, Position]


def decide(state: State, event: Message) -> tuple[Outbound, ...]:
    """Look at every position that the event changes, as it stands then."""
    if not isinstance(event, ExitApproved | OrderChanged | OrderFilled | AccountSnapshot | Quote | Tick):
        return ()
    market, changes = _after(state, event)
    return tuple(i for position in changes.values() for i in plan(position, market, state.account, event.at))


def evolve(state: State, fact: Message) -> State:
    """Take a fact into the state, in place; the positions themselves are values."""
    if isinstance(fact, OrderApproved) and (fact.stop_price is not None or fact.target_price is not None):
        _named(state, fact)
    state.market, changes = _after(state, fact)
    for symbol, position in changes.items():
        if position.parts or position.orders:
            state.positions[symbol] = position
        else:
            state.positions.pop(symbol, None)
    return state


def _named(state: State, approval: OrderApproved) -> None:
    state.levels[approval.approval_id] = Levels(approval.stop_price, approval.target_price)
    if len(state.levels) > KEEP_LEVELS:
        del state.levels[next(iter(state.levels))]


def _after(state: State, fact: Message) -> tuple[Market, Changes]:
    """Give the market and the positions that the fact changes, as they are after it."""
    match fact:
        case Tick():
            market = replace(state.market, now=fact.at, is_open=fact.is_open)
            return market, {s: ledger.ticked(p, market) for s, p in state.positions.items()}
        case ExitPolicySet() if fact.scope in (EVERYONE, state.account):
            return replace(state.market, policy=fact.policy), {}
        case AccountSnapshot():
            theirs = {holding.symbol: holding.qty for holding in fact.positions}
            return state.market, {s: ledger.counted(p, theirs.get(s, Decimal(0))) for s, p in state.positions.items()}
        case (
            OrderFilled()
            | OrderChanged()
            | ExitApproved()
            | Quote()
            | PlaceProtection()
            | CancelProtection()
            | ClosePosition()
        ):
            before = state.positions.get(fact.symbol)
            after = _changed(state, before, fact)
            return state.market, {} if after is None or after is before else {fact.symbol: after}
        case _:
            # Under the same subjects come approved entries, drift and other controls, which change no position.
            return state.market, {}


def _changed(
    state: State, position: Position | None, fact: OrderFilled | OrderChanged | ExitApproved | Quote | Intent
) -> Position | None:
    if isinstance(fact, OrderFilled) and fact.purpose is Purpose.ENTRY and fact.side is Side.BUY:
        return ledger.entered(position, fact, state.market, state.levels.get(fact.client_order_id, Levels()))
    if position is None:
        return None
    match fact:
        case OrderFilled() | OrderChanged():
            return ledger.told(position, fact, state.market)
        case ExitApproved():
            return replace(position, parts=of.leave(position.parts, fact.approval_id, fact.qty))
        case Quote():
            return replace(position, quote=fact)
        case _:
            return ledger.asked(position, fact)
