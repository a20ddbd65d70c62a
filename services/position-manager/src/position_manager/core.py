"""The position manager as two functions: every held share is protected at the broker or being sold."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec.structs import replace

from contracts.accounts import AccountSnapshot, HoldingSplit
from contracts.commands import FlattenAsked, FlattenChecked
from contracts.control import EVERYONE, EarningsSet, ExitPolicySet, LimitsSet, Resumed
from contracts.exits import (
    CancelProtection,
    ClosePosition,
    CoverageChanged,
    MarkRaised,
    MoveProtection,
    PlaceProtection,
)
from contracts.levels import AverageRanges
from contracts.log import Message
from contracts.market import Bar, Quote, SplitAnnounced, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose
from contracts.values import Side
from contracts.verdicts import ExitApproved, OrderApproved
from position_manager import commands, marks, prices, settings
from position_manager.book import entries, groups, ledger
from position_manager.book import parts as of
from position_manager.book.position import Levels, Position
from position_manager.market import Market
from position_manager.plan import Intent, plan
from position_manager.protecting import coverage, ratchet
from position_manager.ranges import days as daily_ranges
from position_manager.ranges import minutes as ranges
from position_manager.splits import announced as splits
from position_manager.splits import rescaling
from position_manager.state import KEEP_LEVELS, State

Asking: TypeAlias = (
    ExitApproved | OrderChanged | OrderFilled | AccountSnapshot | HoldingSplit | Quote | Tick | FlattenAsked
)
Inbound: TypeAlias = Asking | LimitsSet | ExitPolicySet | EarningsSet | FlattenChecked | Resumed | Bar | SplitAnnounced
Outbound: TypeAlias = Intent | MoveProtection | MarkRaised | CoverageChanged

Changes: TypeAlias = dict[str, Position]


def decide(state: State, event: Message) -> tuple[Outbound, ...]:
    """Look at every position that the event changes, as it stands then."""
    if not isinstance(event, Asking) or (at := event.at or state.market.now) is None:
        return ()
    market, changes = _after(state, event)
    intents = (i for position in changes.values() for i in plan(position, market, state.account, at))
    raised = (m for position in changes.values() for m in ratchet.moves(position, market, state.account, at))
    if not isinstance(event, Quote):
        return (*intents, *raised, *coverage.told(state, changes.values(), at, event))
    new = (i for position in changes.values() for i in marks.raised(position, market, state.account, at))
    return (*new, *intents, *raised)


def evolve(state: State, fact: Message) -> State:
    """Take a fact into the state, in place; the positions themselves are values."""
    if isinstance(fact, CoverageChanged):
        coverage.taken(state, fact)
        return state
    if isinstance(fact, OrderApproved | OrderChanged):
        _named(state, fact)
    if isinstance(fact, Bar):
        ranges.taken(state.ranges, fact)
        daily_ranges.taken(state.daily_ranges, fact)
    state.market, changes = _after(state, fact)
    state.commands = commands.after(state, fact)
    for symbol, position in changes.items():
        if position.parts or position.orders or position.entries or position.strangers.groups:
            state.positions[symbol] = position
        else:
            state.positions.pop(symbol, None)
    return state


def _named(state: State, fact: OrderApproved | OrderChanged) -> None:
    if isinstance(fact, OrderChanged):
        if before := state.levels.get(fact.client_order_id):
            state.levels[fact.client_order_id] = groups.after(before, fact)
        return
    if (named := groups.named(fact)) == Levels():
        return
    state.levels[fact.approval_id] = named
    if len(state.levels) > KEEP_LEVELS:
        del state.levels[_forgettable(state)]


def _forgettable(state: State) -> str:
    """Name the oldest approval whose entry does not work: in a halt one may wait longer than all the others."""
    working = {name for position in state.positions.values() for name in position.entries}
    return next((name for name in state.levels if name not in working), next(iter(state.levels)))


def _after(state: State, fact: Message) -> tuple[Market, Changes]:
    """Give the market and the positions that the fact changes, as they are after it."""
    match fact:
        case Tick() | SplitAnnounced() | HoldingSplit():
            return _dated(state, fact)
        case LimitsSet() | ExitPolicySet() | EarningsSet() if fact.scope in (EVERYONE, state.account):
            return settings.after(state.market, fact, state.account), {}
        case AccountSnapshot():
            theirs = {holding.symbol: holding.qty for holding in fact.positions}
            market = state.market
            ours = {s: rescaling.counted(p, theirs.get(s, Decimal(0)), market) for s, p in state.positions.items()}
            return market, ours | rescaling.certain(commands.adopted(state, ours, fact), market)
        case FlattenAsked():
            wanted = {s: p for s, p in state.positions.items() if fact.covers(s)}
            return state.market, {s: commands.left(p, fact.command_id) for s, p in wanted.items()}
        case (
            OrderFilled()
            | OrderChanged()
            | ExitApproved()
            | Quote()
            | PlaceProtection()
            | CancelProtection()
            | ClosePosition()
            | MoveProtection()
            | MarkRaised()
        ):
            before = state.positions.get(fact.symbol)
            market, divided = rescaling.implied(state.market, before, fact)
            after = _changed(state, divided, fact)
            return market, {} if after is None or after is before else {fact.symbol: after}
        case _:
            # Under the same subjects come approved entries, drift and other controls, which change no position.
            return state.market, {}


def _dated(state: State, fact: Tick | SplitAnnounced | HoldingSplit) -> tuple[Market, Changes]:
    if not isinstance(fact, Tick):
        return rescaling.told(state.market, state.positions, fact)
    market = settings.ticked(state.market, fact)
    divided = {s: rescaling.ticked(p, state.market, market) for s, p in state.positions.items()}
    return market, {s: ledger.ticked(p, market) for s, p in divided.items()}


def _changed(
    state: State,
    position: Position | None,
    fact: OrderFilled | OrderChanged | ExitApproved | Quote | Intent | MoveProtection | MarkRaised,
) -> Position | None:
    if isinstance(fact, OrderFilled | OrderChanged) and (fact.purpose, fact.side) in _BEGINNINGS:
        return _beginning(state, position, fact)
    if position is None:
        return None
    match fact:
        case OrderFilled() | OrderChanged():
            return ledger.told(groups.met(position, fact, state.levels), fact, state.market)
        case ExitApproved():
            return replace(position, parts=of.leave(position.parts, fact.approval_id, fact.qty))
        case Quote() | MarkRaised():
            return _priced(state, position, fact)
        case _:
            return ledger.asked(position, fact)


_BEGINNINGS = frozenset({(Purpose.ENTRY, Side.BUY), *((Purpose.EXTERNAL, side) for side in Side)})
"""Orders that are remembered though nothing is held yet."""


def _beginning(state: State, position: Position | None, fact: OrderFilled | OrderChanged) -> Position | None:
    if fact.purpose is Purpose.EXTERNAL:
        return ledger.told_of_others(position, fact)
    if isinstance(fact, OrderChanged):
        return groups.told(entries.told(position, fact), fact)
    named = state.levels.get(fact.client_order_id, Levels())
    limits = state.market.limits_of(state.account, fact.symbol, named.strategy)
    averages = AverageRanges(
        minute=ranges.average(state.ranges.get(fact.symbol), fact.at),
        day=daily_ranges.average(state.daily_ranges.get(fact.symbol, ()), fact.at),
    )
    after = ledger.entered(position, fact, limits, named, averages)
    after = groups.bought(after, fact, named.bracket) if named.bracket else after
    return commands.opened(rescaling.entered(after, fact, state.market), state.commands)


def _priced(state: State, position: Position, fact: Quote | MarkRaised) -> Position:
    if not splits.fits(state.market.splits, fact.symbol, fact.at):
        return position
    if isinstance(fact, MarkRaised):
        return marks.marked(position, fact)
    return prices.seen(position, fact, float(state.market.limits_of(state.account, fact.symbol).exit_collar))
