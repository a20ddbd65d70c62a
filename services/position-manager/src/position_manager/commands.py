"""A person's order to leave positions: what it marks as leaving, and for how long it holds."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from contracts.accounts import AccountSnapshot, Holding
from contracts.commands import FlattenAsked, FlattenChecked
from contracts.control import EVERYONE, Resumed
from contracts.exits import ExitReason
from contracts.limits import Limits
from contracts.log import Message
from contracts.values import derived_id
from position_manager.book import parts as of
from position_manager.book import strangers
from position_manager.book.order import ZERO
from position_manager.book.position import Part, Position
from position_manager.protecting.protection import levels
from position_manager.state import Commands, State

V = TypeVar("V")

CALM_TICKS = 3
"""A broker's count of shares may trail the end of an order by this."""
KEPT = 20
"""Commands that hold on at once; of more, the newest."""


class Stray(Struct, frozen=True):
    """Shares that the broker has and no entry of ours bought, to be left for a command."""

    command_id: str
    holding: Holding
    qty: Decimal


def left(position: Position, command_id: str) -> Position:
    """Mark all shares as leaving, at once: also those of which an earlier sale failed."""
    marked = of.leave(position.parts, command_id, None, ExitReason.COMMAND)
    parts = tuple(replace(part, deferred=False, wait=part.wait if part.order else 0) for part in marked)
    return replace(position, parts=parts)


def opened(position: Position, commands: Commands) -> Position:
    """Leave at once what an entry brings while the kill switch stands."""
    name = next(reversed(commands.kills.values()), "")
    return left(position, name) if name else position


def after(state: State, fact: Message) -> Commands:
    """Give what holds on: a kill switch until its halt is ended, the sale of strangers' shares until it is done."""
    commands = state.commands
    match fact:
        case FlattenAsked(command_id=name, halt=halt):
            kills = _newest({**commands.kills, halt: name}) if halt else commands.kills
            external = _newest({**commands.external, name: fact}) if fact.external else commands.external
            return replace(commands, kills=kills, external=external)
        case FlattenChecked():
            ended = {fact.command_id} if fact.done else set[str]()
            external = {name: asked for name, asked in commands.external.items() if name not in ended}
            return replace(commands, external=external)
        case Resumed(lifts=lifts) if fact.scope in (EVERYONE, state.account):
            every = not (lifts or fact.strategy or fact.symbol)
            kills = {halt: name for halt, name in commands.kills.items() if not every and halt not in lifts}
            return replace(commands, kills=kills)
        case AccountSnapshot():
            seen = {symbol: stray.qty for symbol, stray in _strays(commands, state.positions, fact).items()}
            return commands if seen == commands.strays else replace(commands, strays=seen)
        case _:
            return commands


def adopted(state: State, ours: dict[str, Position], told: AccountSnapshot) -> dict[str, Position]:
    """Take in, as leaving, the shares of strangers that two snapshots in a row had."""
    return {
        symbol: _with(ours.get(symbol), stray, told, state.market.limits_of(state.account, symbol))
        for symbol, stray in _strays(state.commands, ours, told).items()
        if state.commands.strays.get(symbol) == stray.qty
    }


def _newest(kept: dict[str, V]) -> dict[str, V]:
    return dict(islice(kept.items(), max(len(kept) - KEPT, 0), None))


def _strays(commands: Commands, positions: dict[str, Position], told: AccountSnapshot) -> dict[str, Stray]:
    """Find what the broker has beyond our own, by symbol, as far as a command wants it sold.

    While an order of ours may be buying or selling, or has just ended, the two counts may be of different moments.
    """
    found = dict[str, Stray]()
    for holding in told.positions if commands.external else ():
        asked = next((one for one in commands.external.values() if one.covers(holding.symbol)), None)
        position = positions.get(holding.symbol)
        extra = holding.qty - (position.held if position else ZERO)
        if asked is not None and extra > 0 and _is_calm(position):
            found[holding.symbol] = Stray(asked.command_id, holding, extra)
    return found


def _is_calm(position: Position | None) -> bool:
    if position is None:
        return True
    return not position.entries and all(one.ended and one.quiet >= CALM_TICKS for one in position.orders.values())


def _with(position: Position | None, stray: Stray, told: AccountSnapshot, limits: Limits) -> Position:
    # Should the sale have to wait for the market to open, they are protected from today's price on.
    stop, target = levels(stray.holding.current_price or stray.holding.avg_entry_price, limits)
    part = Part(
        part_id=derived_id(stray.command_id, stray.holding.symbol, told.n), execution_id=stray.command_id,
        qty=stray.qty, entry_price=stray.holding.avg_entry_price, best=0.0, stop_price=stop, target_price=target,
        leaving=ExitReason.COMMAND, approval_id=stray.command_id, bought=told.at,
    )  # fmt: skip
    position = position or Position(symbol=stray.holding.symbol, opened=told.at)
    theirs = strangers.adopted(position.strangers, stray.qty)
    return replace(position, parts=of.tidy((*position.parts, part)), missing=None, strangers=theirs)
